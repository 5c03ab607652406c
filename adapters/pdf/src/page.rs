use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

use crate::fonts::Line;

/// A4, in points.
pub(crate) const WIDTH: f32 = 595.28;
pub(crate) const HEIGHT: f32 = 841.89;

/// What is printed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Words that are read.
    Text,
    /// Words that name others.
    Quiet,
    /// The house's own.
    House,
    /// Rules.
    Hair,
    /// What lies under every second row.
    Tint,
}

impl Ink {
    fn fill(self) -> Fill {
        let (red, green, blue) = match self {
            Self::Text => (0x1f, 0x29, 0x33),
            Self::Quiet => (0x5f, 0x6c, 0x7b),
            Self::House => (0x0f, 0x4c, 0x5c),
            Self::Hair => (0xc9, 0xd1, 0xd9),
            Self::Tint => (0xf4, 0xf7, 0xf8),
        };
        let paint = rgb::Color::new(red, green, blue).into();
        Fill { paint, opacity: NormalizedF32::ONE, rule: FillRule::default() }
    }
}

/// Something on a page. Places are in points from the upper left corner, a text's by its base line.
pub(crate) enum Mark {
    Text { x: f32, y: f32, size: f32, ink: Ink, line: Line },
    Box { x: f32, y: f32, width: f32, height: f32, ink: Ink },
}

/// The pages as a PDF file. It holds no time and no chance: the same marks give the same bytes.
pub(crate) fn write(title: &str, pages: &[Vec<Mark>]) -> Result<Vec<u8>, String> {
    let mut document = Document::new_with(SerializeSettings::default());
    let metadata = Metadata::new().title(title.to_owned()).creator("CareerNav".to_owned());
    document.set_metadata(metadata.language("en".to_owned()));
    for marks in pages {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("a page has a size")?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("{error:?}"))
}

fn draw(surface: &mut Surface<'_>, mark: &Mark) {
    match mark {
        Mark::Text { x, y, size, ink, line } => {
            surface.set_fill(Some(ink.fill()));
            let mut x = *x;
            for run in &line.runs {
                let at = Point::from_xy(x, *y);
                surface.draw_glyphs(at, &run.glyphs, run.font.clone(), &run.text, *size, false);
                x += run.width * size;
            }
        }
        Mark::Box { x, y, width, height, ink } => {
            let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) else { return };
            let mut path = PathBuilder::new();
            path.push_rect(rect);
            if let Some(path) = path.finish() {
                surface.set_fill(Some(ink.fill()));
                surface.draw_path(&path);
            }
        }
    }
}
