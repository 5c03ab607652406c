//! Where the simulated gateway writes down what it did: in memory, or in a file that only grows and that several
//! processes share.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::lines::Line;
use crate::state::State;

/// The books cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BooksBroken {
    #[error("the gateway's books cannot be reached: {0}")]
    File(#[from] io::Error),
    #[error("a line of the gateway's books is none: {0}")]
    Line(#[from] serde_json::Error),
    #[error("whoever wrote in the gateway's books did not come back")]
    Died(#[from] tokio::task::JoinError),
}

/// The books of one gateway.
#[derive(Debug, Default)]
pub(crate) struct Books {
    file: Option<PathBuf>,
    read: Mutex<Reading>,
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reading {
    state: State,
    /// Up to which byte of the file.
    until: u64,
}

impl Books {
    /// Books in that file, which is made if it is not there.
    pub(crate) fn in_file(path: &Path) -> Self {
        Self { file: Some(path.to_owned()), read: Mutex::default() }
    }

    /// Looks at all that was written, then writes what comes of it, while nobody else does either. Once begun it is done
    /// to its end, whether somebody waits for it or not.
    pub(crate) async fn open<R: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&State) -> (Vec<Line>, R) + Send + 'static,
    ) -> Result<R, BooksBroken> {
        let books = self.clone();
        tokio::task::spawn_blocking(move || books.act(act)).await?
    }

    fn act<R>(&self, act: impl FnOnce(&State) -> (Vec<Line>, R)) -> Result<R, BooksBroken> {
        let mut reading = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.file else {
            let (lines, answer) = act(&reading.state);
            for line in lines {
                reading.state.add(line);
            }
            return Ok(answer);
        };
        let mut file = open(path)?;
        // Until the file is closed, at the end.
        file.lock()?;
        reading.catch_up(&mut file)?;
        let (lines, answer) = act(&reading.state);
        if !lines.is_empty() {
            let mut text = Vec::new();
            for line in &lines {
                serde_json::to_writer(&mut text, line)?;
                text.push(b'\n');
            }
            file.write_all(&text)?;
            reading.until += u64::try_from(text.len()).unwrap_or(u64::MAX);
            for line in lines {
                reading.state.add(line);
            }
        }
        Ok(answer)
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

impl Reading {
    /// Reads what others have written since.
    fn catch_up(&mut self, file: &mut File) -> Result<(), BooksBroken> {
        let length = file.metadata()?.len();
        if length < self.until {
            // It is another file: somebody began anew.
            *self = Self::default();
        }
        if length == self.until {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.until))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        for line in text.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n') {
            if !line.is_empty() {
                self.state.add(serde_json::from_slice(line)?);
            }
        }
        self.until += u64::try_from(whole).unwrap_or(u64::MAX);
        if whole < text.len() {
            // Its writer died in the middle of it, so it has told nobody about it: nothing of that has happened.
            file.set_len(self.until)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Made;

    fn made(order: &str) -> Line {
        let made = Made { payment: "p".into(), minor: 1, currency: "INR".into(), at: 0 };
        Line::Order { order: order.into(), made }
    }

    #[tokio::test]
    async fn two_processes_share_a_file_and_it_outlives_both() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below").join("gateway.jsonl");
        let (one, other) = (Arc::new(Books::in_file(&path)), Arc::new(Books::in_file(&path)));
        one.open(|_| (vec![made("a")], ())).await.unwrap();
        other.open(|state| (vec![made("b")], assert!(state.orders.contains_key("a")))).await.unwrap();
        assert_eq!(one.open(|state| (vec![], state.orders.len())).await.unwrap(), 2);
        let later = Arc::new(Books::in_file(&path));
        assert_eq!(later.open(|state| (vec![], state.orders.len())).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_line_whose_writer_died_in_the_middle_of_it_has_not_happened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.jsonl");
        let books = Arc::new(Books::in_file(&path));
        books.open(|_| (vec![made("a")], ())).await.unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(br#"{"line":"order","order":"b","#).unwrap();
        books.open(|state| (vec![made("c")], assert_eq!(state.orders.len(), 1))).await.unwrap();
        let later = Arc::new(Books::in_file(&path));
        let orders = later.open(|state| (vec![], state.orders.keys().cloned().collect::<Vec<_>>()));
        assert_eq!(orders.await.unwrap(), ["a", "c"]);
    }

    #[tokio::test]
    async fn a_file_that_was_taken_away_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.jsonl");
        let books = Arc::new(Books::in_file(&path));
        books.open(|_| (vec![made("a")], ())).await.unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(books.open(|state| (vec![], state.orders.len())).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn many_writers_lose_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.jsonl");
        let writers = (0..8).map(|writer| {
            let books = Arc::new(Books::in_file(&path));
            tokio::spawn(async move {
                for n in 0..25 {
                    books.open(move |_| (vec![made(&format!("{writer}-{n}"))], ())).await.unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let books = Arc::new(Books::in_file(&path));
        assert_eq!(books.open(|state| (vec![], state.orders.len())).await.unwrap(), 200);
    }
}
