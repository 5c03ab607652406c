use serde::Serialize;
use serde::de::DeserializeOwned;

crate::codes! {
    INVALID_CURSOR = Invalid "invalid_cursor": "The cursor was not made by this list. Begin without one, or follow `next`.";
}

/// How many items a page has: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// What a client gets that does not say: 20.
    pub const DEFAULT: Self = Self(20);
    /// The most that a client can have: 100.
    pub const MOST: Self = Self(100);

    /// Reads a size.
    pub fn parse(size: i64) -> Result<Self, &'static str> {
        match u8::try_from(size) {
            Ok(size @ 1..=100) => Ok(Self(size)),
            _ => Err("a page has 1 to 100 items"),
        }
    }

    /// The size.
    pub fn get(self) -> usize {
        self.0.into()
    }
}

/// Which page is asked for, `K` being what the list is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest<K> {
    /// At most so many items.
    pub size: PageSize,
    /// Only what comes after this one.
    pub after: Option<K>,
}

impl<K> PageRequest<K> {
    /// How many items a store reads for it: one more than the page holds tells whether there is another page.
    pub fn read(&self) -> usize {
        self.size.get() + 1
    }

    /// The same as a `LIMIT`.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.read()).unwrap_or(i64::MAX)
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<V, K> {
    /// The items, in order.
    pub items: Vec<V>,
    /// What to ask for next; nothing at the end.
    pub next: Option<K>,
}

impl<V, K> Page<V, K> {
    /// Cuts what was read (one more than the size, where there is more) to a page.
    pub fn cut(mut items: Vec<V>, size: PageSize, key: impl Fn(&V) -> K) -> Self {
        let more = items.len() > size.get();
        items.truncate(size.get());
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }
}

/// Turns ordering keys into opaque text and back.
#[derive(Debug, Clone, Copy)]
pub struct Cursor;

impl Cursor {
    /// The text for a key.
    pub fn write<K: Serialize>(key: &K) -> String {
        // Keys are tuples of numbers and texts, which always serialise.
        serde_json::to_vec(key).map(hex::encode).unwrap_or_default()
    }

    /// The key of a text that [`Self::write`] made.
    pub fn read<K: DeserializeOwned>(text: &str) -> Option<K> {
        serde_json::from_slice(&hex::decode(text).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let key = (1_700_000_000_000_000_i64, "sess_1".to_owned());
        assert_eq!(Cursor::read(&Cursor::write(&key)), Some(key));
        assert_eq!(Cursor::read::<(i64, String)>("zz"), None);
        assert_eq!(Cursor::read::<(i64, String)>(&Cursor::write(&7)), None);
    }

    #[test]
    fn the_last_page_has_no_next() {
        let size = PageSize::parse(2).unwrap();
        assert_eq!(Page::cut(vec![1, 2], size, |n| *n), Page { items: vec![1, 2], next: None });
        assert_eq!(Page::cut(vec![1, 2, 3], size, |n| *n), Page { items: vec![1, 2], next: Some(2) });
    }
}
