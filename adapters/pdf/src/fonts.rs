use std::iter::Peekable;

use harfrust::{Direction, FontRef, ShapeOptions, ShaperData, UnicodeBuffer};
use krilla::text::{Font, GlyphId, KrillaGlyph};

/// How heavy a text is. Only Latin, Greek and Cyrillic have a bold face; other scripts stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A face that is compiled in: the first and last character of its script, and the file.
type File = (char, char, &'static [u8]);

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../fonts/NotoSans", $name, ".ttf"))
    };
}

/// What nothing else has: Latin, Greek, Cyrillic, figures.
const PLAIN: &[u8] = file!("-Regular");
const BOLD: &[u8] = file!("-Bold");

/// The scripts of India by their blocks of Unicode.
const SCRIPTS: [File; 9] = [
    ('\u{900}', '\u{97f}', file!("Devanagari-Regular")),
    ('\u{980}', '\u{9ff}', file!("Bengali-Regular")),
    ('\u{a00}', '\u{a7f}', file!("Gurmukhi-Regular")),
    ('\u{a80}', '\u{aff}', file!("Gujarati-Regular")),
    ('\u{b00}', '\u{b7f}', file!("Oriya-Regular")),
    ('\u{b80}', '\u{bff}', file!("Tamil-Regular")),
    ('\u{c00}', '\u{c7f}', file!("Telugu-Regular")),
    ('\u{c80}', '\u{cff}', file!("Kannada-Regular")),
    ('\u{d00}', '\u{d7f}', file!("Malayalam-Regular")),
];

struct Face {
    bytes: &'static [u8],
    font: Font,
    shapes: ShaperData,
}

/// All faces, read once.
pub(crate) struct Fonts {
    plain: Face,
    bold: Face,
    scripts: Vec<(char, char, Face)>,
}

/// Glyphs of one face.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) font: Font,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// In ems.
    pub(crate) width: f32,
}

/// A line of text as glyphs.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
}

impl Line {
    /// How wide it is when set in that size.
    pub(crate) fn width(&self, size: f32) -> f32 {
        self.runs.iter().map(|run| run.width).sum::<f32>() * size
    }
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = Font::new(bytes.into(), 0)?;
        let shapes = ShaperData::new(&FontRef::from_index(bytes, 0).ok()?);
        Some(Self { bytes, font, shapes })
    }

    /// What of the text this face makes, left to right, which all its scripts are.
    #[expect(clippy::cast_precision_loss, reason = "what a font measures are small whole numbers")]
    fn shape(&self, text: String) -> Run {
        let Ok(file) = FontRef::from_index(self.bytes, 0) else {
            return Run { font: self.font.clone(), text, glyphs: vec![], width: 0.0 };
        };
        let by = self.shapes.shaper(&file).build();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.guess_segment_properties();
        let shaped = by.shape(buffer, ShapeOptions::new());
        let em = self.font.units_per_em();
        let infos = shaped.glyph_infos();
        let ends =
            |cluster: u32| infos.iter().map(|info| info.cluster).filter(move |next| *next > cluster).min();
        let place = |cluster: u32| usize::try_from(cluster).unwrap_or(usize::MAX).min(text.len());
        let glyphs: Vec<KrillaGlyph> = infos
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, at)| {
                let range = place(info.cluster)..ends(info.cluster).map_or(text.len(), place);
                let em = |units: i32| units as f32 / em;
                let (x, y) = (em(at.x_advance), em(at.y_advance));
                KrillaGlyph::new(
                    GlyphId::new(info.glyph_id),
                    x,
                    em(at.x_offset),
                    em(at.y_offset),
                    y,
                    range,
                    None,
                )
            })
            .collect();
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
        Run { font: self.font.clone(), text, glyphs, width }
    }
}

impl Fonts {
    /// Reads the compiled-in faces; nothing if one of them is broken.
    pub(crate) fn read() -> Option<Self> {
        let scripts = SCRIPTS.into_iter().map(|(first, last, bytes)| Some((first, last, Face::read(bytes)?)));
        Some(Self {
            plain: Face::read(PLAIN)?,
            bold: Face::read(BOLD)?,
            scripts: scripts.collect::<Option<_>>()?,
        })
    }

    /// The text as glyphs, each character by the face of its script.
    pub(crate) fn line(&self, text: &str, weight: Weight) -> Line {
        let mut chars = text.chars().peekable();
        let mut runs = Vec::new();
        while chars.peek().is_some() {
            runs.push(self.next_run(&mut chars, weight));
        }
        Line { runs }
    }

    fn next_run(&self, chars: &mut Peekable<std::str::Chars<'_>>, weight: Weight) -> Run {
        let script = chars.peek().and_then(|c| self.script(*c));
        let mut text = String::new();
        while let Some(c) = chars.next_if(|c| self.script(*c) == script || (script.is_some() && joins(*c))) {
            text.push(c);
        }
        let face = match (script.and_then(|place| self.scripts.get(place)), weight) {
            (Some((_, _, face)), _) => face,
            (None, Weight::Regular) => &self.plain,
            (None, Weight::Bold) => &self.bold,
        };
        face.shape(text)
    }

    /// The place of the script that has the character; nothing for those of the plain face.
    fn script(&self, c: char) -> Option<usize> {
        self.scripts.iter().position(|(first, last, _)| (*first..=*last).contains(&c))
    }

    /// The parts of a word that can stand apart: a letter with the marks that belong to it.
    fn letters<'a>(&self, word: &'a str) -> Vec<&'a str> {
        let mut starts = Vec::new();
        let mut place = 0;
        for run in self.line(word, Weight::Regular).runs {
            starts.extend(run.glyphs.iter().map(|glyph| place + glyph.text_range.start));
            place += run.text.len();
        }
        starts.push(word.len());
        starts.sort_unstable();
        starts.dedup();
        starts.windows(2).filter_map(|pair| word.get(*pair.first()?..*pair.last()?)).collect()
    }

    /// The text in lines of at most that width. A word that is wider is broken where the line ends.
    pub(crate) fn lines(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<Line> {
        let fits = |text: &str| self.line(text, weight).width(size) <= width;
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if fits(&longer) {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in self.letters(word) {
                let longer = format!("{line}{letter}");
                if line.is_empty() || fits(&longer) {
                    line = longer;
                } else {
                    lines.push(std::mem::replace(&mut line, letter.to_owned()));
                }
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines.iter().map(|line| self.line(line, weight)).collect()
    }
}

/// Characters without a script of their own: those that join letters, the space between words, the stop that the
/// scripts of India share.
fn joins(c: char) -> bool {
    matches!(c, ' ' | '\u{200c}' | '\u{200d}' | '\u{25cc}' | '\u{964}' | '\u{965}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        Fonts::read().unwrap()
    }

    #[test]
    fn every_letter_of_names_in_the_scripts_of_india_has_a_glyph() {
        for name in [
            "Śrīnivāsa Rāmānujan Müller-Żółć Ñandú",
            "आशा कुमारी श्रीवास्तव",
            "রবীন্দ্রনাথ ঠাকুর",
            "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
            "નરેન્દ્ર પટેલ",
            "ଜଗନ୍ନାଥ ଦାସ",
            "செல்வி முருகன்",
            "వెంకటేశ్వర రావు",
            "ಕುವೆಂಪು ಗೌಡ",
            "കൃഷ്ണൻ നായർ",
            "₹ € – “quoted” · 0123456789",
        ] {
            let line = fonts().line(name, Weight::Regular);
            let missing =
                line.runs.iter().flat_map(|run| &run.glyphs).filter(|glyph| glyph.glyph_id.to_u32() == 0);
            assert_eq!(missing.count(), 0, "{name}");
            assert_eq!(line.runs.iter().map(|run| run.text.as_str()).collect::<String>(), name);
        }
    }

    #[test]
    fn a_word_is_never_broken_between_a_letter_and_its_marks() {
        assert_eq!(fonts().letters("कुमारी"), ["कु", "मा", "री"]);
        assert_eq!(fonts().letters("Zoe\u{308}"), ["Z", "o", "e\u{308}"]);
        assert_eq!(fonts().letters("aக்b"), ["a", "க்", "b"]);
    }

    #[test]
    fn a_text_is_broken_between_words_and_within_one_only_if_it_is_too_long() {
        let lines = |text: &str, width| -> Vec<String> {
            let lines = fonts().lines(text, Weight::Regular, 10.0, width);
            lines.into_iter().map(|line| line.runs.into_iter().map(|run| run.text).collect()).collect()
        };
        assert_eq!(lines("one two three", 1000.0), ["one two three"]);
        assert_eq!(lines("one two three", 45.0), ["one two", "three"]);
        assert_eq!(lines("", 45.0), [""]);
        let broken = lines("a mmmmmmmmmmmmmmmmmmmmmmmm", 50.0);
        assert!(broken.len() > 3, "{broken:?}");
        assert_eq!(broken[0], "a");
        assert_eq!(broken.concat(), "ammmmmmmmmmmmmmmmmmmmmmmm");
    }
}
