//! Listens to what the server says, for the two things that diesel keeps to itself: the SQLSTATE of a failure, and
//! how many statements of a script had ended before it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// More of a failure than this is not kept.
const MOST: usize = 65_536;

/// What was heard on one connection.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    completed: usize,
    fault: Option<Fault>,
}

/// A failure as the server told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) sqlstate: String,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    /// In characters of the text that was sent, from 1.
    pub(crate) position: Option<usize>,
    /// How many statements had ended since [`Wire::listen`].
    pub(crate) completed: usize,
}

impl Wire {
    /// Forgets what was heard so far.
    pub(crate) fn listen(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Heard::default();
    }

    /// The first failure since then: those that follow only say that the transaction is aborted.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fault.clone()
    }

    fn hear(&self, kind: u8, body: &[u8]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kind {
            // CommandComplete.
            b'C' => heard.completed += 1,
            // ErrorResponse.
            b'E' => {
                let fault = Fault { completed: heard.completed, ..read(body) };
                heard.fault.get_or_insert(fault);
            }
            _ => {}
        }
    }
}

/// An `ErrorResponse` is a list of fields: a letter and a text that ends with a zero.
fn read(body: &[u8]) -> Fault {
    let field = |wanted: u8| {
        let mut fields = body.split(|byte| *byte == 0);
        let found = fields.find(|field| field.first() == Some(&wanted))?;
        Some(String::from_utf8_lossy(found.get(1..)?).into_owned())
    };
    Fault {
        sqlstate: field(b'C').unwrap_or_default(),
        message: field(b'M').unwrap_or_default(),
        detail: field(b'D'),
        hint: field(b'H'),
        position: field(b'P').and_then(|text| text.parse().ok()),
        completed: 0,
    }
}

/// A stream that is listened to.
pub(super) struct Tap<S> {
    inner: S,
    wire: Wire,
    /// The beginning of a message that has not come to its end.
    partial: Vec<u8>,
    /// How much of a message that nobody wants is still to come.
    skip: usize,
}

impl<S> Tap<S> {
    pub(super) fn new(inner: S, wire: Wire) -> Self {
        Self { inner, wire, partial: Vec::new(), skip: 0 }
    }

    pub(super) fn inner(&self) -> &S {
        &self.inner
    }

    /// Every message is a letter, a length that counts itself, and a body.
    fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            let wanted = match self.partial.get(1..5) {
                Some([a, b, c, d]) => 1 + u32::from_be_bytes([*a, *b, *c, *d]) as usize,
                _ => 5,
            };
            let (now, later) = bytes.split_at((wanted - self.partial.len()).min(bytes.len()));
            self.partial.extend_from_slice(now);
            bytes = later;
            self.complete();
        }
    }

    /// Hears the message if all of it is there, and lets it go where nobody wants it.
    fn complete(&mut self) {
        let (Some(kind), Some([a, b, c, d])) = (self.partial.first().copied(), self.partial.get(1..5)) else {
            return;
        };
        let whole = 1 + u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if self.partial.len() >= whole {
            self.wire.hear(kind, self.partial.get(5..whole).unwrap_or_default());
            self.partial.clear();
        } else if !matches!(kind, b'C' | b'E') || whole > MOST {
            self.skip = whole - self.partial.len();
            self.partial.clear();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = polled {
            this.take(buffer.filled().get(before..).unwrap_or_default());
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind], length.as_slice(), body].concat()
    }

    #[test]
    fn a_failure_is_heard_in_whatever_pieces_it_comes() {
        let talk = [
            message(b'R', &[0, 0, 0, 0]),
            message(b'C', b"CREATE TABLE\0"),
            message(b'D', &[7; 300]),
            message(b'C', b"SELECT 1\0"),
            message(b'E', b"SERROR\0C42P01\0Mrelation \"nowhere\" does not exist\0P17\0\0"),
            message(b'E', b"SERROR\0C25P02\0Mcurrent transaction is aborted\0\0"),
            message(b'Z', b"E"),
        ]
        .concat();
        for size in [1, 3, 7, 64, talk.len()] {
            let wire = Wire::default();
            let mut tap = Tap::new((), wire.clone());
            for piece in talk.chunks(size) {
                tap.take(piece);
            }
            let fault = wire.fault().unwrap();
            assert_eq!((fault.sqlstate.as_str(), fault.position, fault.completed), ("42P01", Some(17), 2));
        }
    }
}
