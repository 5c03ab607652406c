use std::fmt;

/// What was asked for is there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<I> {
    /// Its key.
    pub id: I,
    /// Whether it was added by this call; otherwise it was there and stays as it was.
    pub is_new: bool,
}

/// What became of the rows that a seeding wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rows that were missing.
    pub added: u32,
    /// Rows that were there already, and stay as they were.
    pub there: u32,
}

impl Tally {
    /// Counts one more row.
    pub fn count(&mut self, is_new: bool) {
        if is_new {
            self.added += 1;
        } else {
            self.there += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, there } = self;
        write!(f, "{added} added, {there} already there")
    }
}
