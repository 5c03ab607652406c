use std::io::{ErrorKind, Result, Stdout, Write};

/// The standard output. That nobody reads it any more (`careernav openapi | head`) is no reason to fail.
pub(crate) struct Output(Stdout);

impl Output {
    pub(crate) fn new() -> Self {
        Self(std::io::stdout())
    }
}

fn unless_nobody_reads<T>(done: Result<T>, instead: T) -> Result<T> {
    match done {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(instead),
        done => done,
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        unless_nobody_reads(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        unless_nobody_reads(self.0.flush(), ())
    }
}
