//! A script in its statements, each in its words. Comments go, texts and dollar-quoted bodies stay one word.

use std::iter::Peekable;
use std::str::CharIndices;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// As it is written, without the semicolon and the comments around it.
    pub text: String,
    /// The line on which it begins, from 1.
    pub line: usize,
    pub(crate) words: Vec<String>,
}

impl Statement {
    /// The word at that place, in capitals; empty behind the end.
    pub(crate) fn word(&self, index: usize) -> String {
        self.words.get(index).map(|word| word.to_ascii_uppercase()).unwrap_or_default()
    }

    /// Whether it begins with these words.
    pub(crate) fn begins(&self, words: &[&str]) -> bool {
        self.has_at(0, words)
    }

    /// Whether these words stand at that place.
    pub(crate) fn has_at(&self, index: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(offset, word)| self.word(index + offset) == **word)
    }

    /// Where these words first stand, at or behind a place.
    pub(crate) fn find(&self, from: usize, words: &[&str]) -> Option<usize> {
        (from..self.words.len()).find(|index| self.has_at(*index, words))
    }

    /// A name, with or without its schema and quotes, and the place behind it.
    pub(crate) fn name(&self, index: usize) -> (String, usize) {
        let (mut name, mut next) = (bare(self.words.get(index)), index + 1);
        while self.words.get(next).is_some_and(|word| word == ".") {
            name = bare(self.words.get(next + 1));
            next += 2;
        }
        (name, next)
    }
}

fn bare(word: Option<&String>) -> String {
    let word = word.map(String::as_str).unwrap_or_default();
    match word.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
        None => word.to_ascii_lowercase(),
    }
}

/// The statements of a script, in its order; what holds nothing but comments is none.
pub fn statements(script: &str) -> Vec<Statement> {
    let mut reader =
        Reader { script, letters: script.char_indices().peekable(), line: 1, begun: None, words: Vec::new() };
    let mut found = Vec::new();
    while let Some((at, letter)) = reader.next() {
        match letter {
            ';' if !reader.in_atomic_body() => found.extend(reader.end(at)),
            '-' if reader.peeks('-') => reader.skip_line(),
            '/' if reader.peeks('*') => reader.skip_comment(),
            '\'' => {
                let escaped = matches!(reader.words.last().map(String::as_str), Some("E" | "e"));
                reader.text(at, escaped);
            }
            '"' => reader.quoted(at),
            '$' => reader.dollar(at),
            letter if letter.is_whitespace() => {}
            letter if letter.is_alphanumeric() || letter == '_' => reader.plain(at),
            _ => reader.push(at, at + letter.len_utf8()),
        }
    }
    found.extend(reader.end(script.len()));
    found
}

struct Reader<'a> {
    script: &'a str,
    letters: Peekable<CharIndices<'a>>,
    line: usize,
    /// Where the statement at hand begins, and on which line.
    begun: Option<(usize, usize)>,
    words: Vec<String>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<(usize, char)> {
        let next = self.letters.next();
        if let Some((_, '\n')) = next {
            self.line += 1;
        }
        next
    }

    fn peeks(&mut self, wanted: char) -> bool {
        self.letters.peek().is_some_and(|(_, letter)| *letter == wanted)
    }

    fn place(&mut self) -> usize {
        self.letters.peek().map_or(self.script.len(), |(at, _)| *at)
    }

    fn begin(&mut self, at: usize) {
        let line = self.line;
        self.begun.get_or_insert((at, line));
    }

    fn push(&mut self, from: usize, to: usize) {
        self.begin(from);
        self.words.push(self.script.get(from..to).unwrap_or_default().to_owned());
    }

    fn end(&mut self, at: usize) -> Option<Statement> {
        let words = std::mem::take(&mut self.words);
        let (from, line) = self.begun.take()?;
        let text = self.script.get(from..at).unwrap_or_default().trim_end().to_owned();
        Some(Statement { text, line, words })
    }

    /// A body in the SQL standard's form has semicolons of its own.
    fn in_atomic_body(&self) -> bool {
        let is = |word: Option<&String>, wanted: &str| word.is_some_and(|w| w.eq_ignore_ascii_case(wanted));
        let opened = self.words.windows(2).any(|pair| is(pair.first(), "BEGIN") && is(pair.get(1), "ATOMIC"));
        opened && !is(self.words.last(), "END")
    }

    fn skip_line(&mut self) {
        while let Some((_, letter)) = self.next() {
            if letter == '\n' {
                return;
            }
        }
    }

    /// Comments of this kind nest.
    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        let mut before = '/';
        while let Some((_, letter)) = self.next() {
            match (before, letter) {
                ('/', '*') => {
                    depth += 1;
                    before = ' ';
                }
                ('*', '/') => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                    before = ' ';
                }
                _ => before = letter,
            }
        }
    }

    fn text(&mut self, from: usize, escaped: bool) {
        self.begin(from);
        while let Some((_, letter)) = self.next() {
            if escaped && letter == '\\' {
                self.next();
            } else if letter == '\'' {
                // Doubled, it is one of the text's own.
                if !self.peeks('\'') {
                    break;
                }
                self.next();
            }
        }
        let to = self.place();
        self.push(from, to);
    }

    fn quoted(&mut self, from: usize) {
        while let Some((_, letter)) = self.next() {
            if letter == '"' {
                if !self.peeks('"') {
                    break;
                }
                self.next();
            }
        }
        let to = self.place();
        self.push(from, to);
    }

    /// `$tag$ … $tag$`, or the `$1` of a parameter.
    fn dollar(&mut self, from: usize) {
        self.begin(from);
        let rest = self.script.get(from + 1..).unwrap_or_default();
        let tag = rest.find('$').map(|end| rest.get(..end).unwrap_or_default());
        let is_tag = |tag: &&str| {
            tag.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
                && !tag.starts_with(|letter: char| letter.is_ascii_digit())
        };
        let Some(tag) = tag.filter(is_tag) else { return self.push(from, from + 1) };
        let fence = format!("${tag}$");
        let body = from + fence.len();
        let length = self.script.get(body..).and_then(|rest| rest.find(&fence));
        let to = length.map_or(self.script.len(), |length| body + length + fence.len());
        while self.place() < to && self.next().is_some() {}
        self.words.push("$$".to_owned());
    }

    fn plain(&mut self, from: usize) {
        while self
            .letters
            .peek()
            .is_some_and(|(_, letter)| letter.is_alphanumeric() || *letter == '_' || *letter == '$')
        {
            self.next();
        }
        let to = self.place();
        self.push(from, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(script: &str) -> Vec<(usize, String)> {
        statements(script).into_iter().map(|statement| (statement.line, statement.text)).collect()
    }

    #[test]
    fn a_semicolon_ends_a_statement_only_where_it_is_one() {
        let script = "-- not; here\nSELECT 'a;b''c;'; /* nor; /* here; */ ; */\n\nDO $x$ BEGIN; $$ ; $$ END $x$;\n\
                      SELECT \"a;b\"";
        assert_eq!(
            lines(script),
            [
                (2, "SELECT 'a;b''c;'".to_owned()),
                (4, "DO $x$ BEGIN; $$ ; $$ END $x$".to_owned()),
                (5, "SELECT \"a;b\"".to_owned())
            ]
        );
    }

    #[test]
    fn a_body_of_the_standards_form_is_one_statement() {
        let script = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3;";
        assert_eq!(lines(script).len(), 2);
    }

    #[test]
    fn nothing_but_comments_is_no_statement() {
        assert_eq!(lines("-- nothing\n/* at all */ "), []);
    }

    #[test]
    fn a_name_loses_its_schema_and_its_quotes() {
        let statement = statements("DROP TABLE public.\"Users\", plans").remove(0);
        assert_eq!(statement.name(2), ("Users".to_owned(), 5));
        assert_eq!(statement.name(6).0, "plans");
    }
}
