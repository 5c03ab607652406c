use std::path::{Path, PathBuf};

use adapter_gateway::Habit;
use anyhow::{Context, Result};
use serde::Deserialize;

/// See `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Gateway {
    pub books: PathBuf,
    pub seed: String,
}

impl Gateway {
    /// What happens to orders that nobody told otherwise.
    pub fn habit(&self) -> Result<Habit> {
        if self.seed.is_empty() {
            return Ok(Habit::Waits);
        }
        self.seed.parse().map(Habit::Seeded).context("it is a number from 0 on, or empty")
    }

    /// The file of its books, below that folder if it is not absolute; in memory if there is none.
    pub fn books_below(&self, folder: &Path) -> Option<PathBuf> {
        let is_named = !self.books.as_os_str().is_empty();
        is_named.then(|| folder.join(&self.books))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(books: &str, seed: &str) -> Gateway {
        Gateway { books: books.into(), seed: seed.to_owned() }
    }

    #[test]
    fn a_seed_is_a_number_or_nothing() {
        assert_eq!(gateway("", "").habit().unwrap(), Habit::Waits);
        assert_eq!(gateway("", "7").habit().unwrap(), Habit::Seeded(7));
        assert!(gateway("", "-1").habit().is_err());
    }

    #[test]
    fn books_lie_below_the_data_folder_or_where_they_are_said_to_or_nowhere() {
        let below = |books| gateway(books, "").books_below(Path::new(".careernav"));
        assert_eq!(below(""), None);
        assert_eq!(below("gateway.jsonl"), Some(".careernav/gateway.jsonl".into()));
        assert_eq!(below("/srv/books"), Some("/srv/books".into()));
    }
}
