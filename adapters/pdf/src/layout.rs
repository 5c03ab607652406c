//! Where things stand: a letterhead, facts beside parties, the table, sums, notes. What does not fit goes on on another
//! page, which repeats what it belongs to and the table's headings.

use application_billing::ports::{Column, Sheet};

use crate::fonts::{Fonts, Line, Weight};
use crate::page::{HEIGHT, Ink, Mark, WIDTH};

const LEFT: f32 = 51.0;
const RIGHT: f32 = WIDTH - 51.0;
const TOP: f32 = 56.0;
/// Below this nothing stands but the foot.
const BOTTOM: f32 = HEIGHT - 70.0;
/// Between the cells of a row.
const GAP: f32 = 10.0;

/// Sizes in points: what is read, what names it, small print.
const BODY: f32 = 9.5;
const LABEL: f32 = 8.0;
const SMALL: f32 = 7.5;
/// From one base line of a text in the size of the body to the next.
const LEADING: f32 = 13.5;

/// The sheet's pages.
pub(crate) fn pages(fonts: &Fonts, sheet: &Sheet) -> Vec<Vec<Mark>> {
    let mut layout = Layout { fonts, sheet, pages: vec![vec![]], y: TOP };
    layout.letterhead();
    layout.head();
    layout.table();
    layout.totals();
    layout.notes();
    layout.feet();
    layout.pages
}

struct Layout<'a> {
    fonts: &'a Fonts,
    sheet: &'a Sheet,
    pages: Vec<Vec<Mark>>,
    /// Where the next line begins.
    y: f32,
}

impl Layout<'_> {
    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn set(&mut self, x: f32, y: f32, size: f32, ink: Ink, line: Line) {
        self.put(Mark::Text { x, y, size, ink, line });
    }

    fn text(&mut self, x: f32, y: f32, (size, weight, ink): (f32, Weight, Ink), text: &str) {
        let line = self.fonts.line(text, weight);
        self.set(x, y, size, ink, line);
    }

    /// The same, ending at `x`.
    fn text_to(&mut self, x: f32, y: f32, (size, weight, ink): (f32, Weight, Ink), text: &str) {
        let line = self.fonts.line(text, weight);
        self.set(x - line.width(size), y, size, ink, line);
    }

    fn rule(&mut self, y: f32, height: f32, ink: Ink) {
        self.put(Mark::Box { x: LEFT, y, width: RIGHT - LEFT, height, ink });
    }

    /// Whether so much still stands above the foot.
    fn has_room(&self, height: f32) -> bool {
        self.y + height <= BOTTOM
    }

    fn letterhead(&mut self) {
        self.put(Mark::Box { x: 0.0, y: 0.0, width: WIDTH, height: 8.0, ink: Ink::House });
        self.text(LEFT, self.y + 18.0, (22.0, Weight::Bold, Ink::House), "CareerNav");
        self.text(LEFT, self.y + 32.0, (LABEL, Weight::Regular, Ink::Quiet), "Career mentorship");
        let title = self.sheet.title.clone();
        self.text_to(RIGHT, self.y + 18.0, (17.0, Weight::Regular, Ink::Text), &title);
        let name = self.sheet.name.clone();
        self.text_to(RIGHT, self.y + 32.0, (BODY, Weight::Bold, Ink::Quiet), &name);
        self.y += 46.0;
        self.rule(self.y, 0.8, Ink::House);
        self.y += 24.0;
    }

    /// Parties at the left, facts at the right.
    fn head(&mut self) {
        let (middle, top) = (LEFT + (RIGHT - LEFT) * 0.47, self.y);
        let sheet = self.sheet;
        for (role, lines) in &sheet.parties {
            self.text(LEFT, self.y + LABEL, (LABEL, Weight::Regular, Ink::Quiet), role);
            self.y += LABEL + 6.0;
            for (place, text) in lines.iter().enumerate() {
                let weight = if place == 0 { Weight::Bold } else { Weight::Regular };
                self.paragraph(LEFT, middle - LEFT - 20.0, (BODY, weight, Ink::Text), text);
            }
            self.y += 10.0;
        }
        let left = self.y;
        self.y = top;
        for (label, value) in &sheet.facts {
            self.text(middle, self.y + BODY, (LABEL, Weight::Regular, Ink::Quiet), label);
            let x = middle + 70.0;
            self.paragraph(x, RIGHT - x, (BODY, Weight::Regular, Ink::Text), value);
            self.y += 2.5;
        }
        self.y = left.max(self.y) + 14.0;
    }

    /// A text in lines of that width, whose first begins at `y`.
    fn paragraph(&mut self, x: f32, width: f32, (size, weight, ink): (f32, Weight, Ink), text: &str) {
        for line in self.fonts.lines(text, weight, size, width) {
            self.set(x, self.y + size, size, ink, line);
            self.y += LEADING * size / BODY;
        }
    }

    fn table(&mut self) {
        let sheet = self.sheet;
        if sheet.columns.is_empty() {
            return;
        }
        let places = places(&sheet.columns);
        let size = self.size(&places);
        self.headings(&places);
        if sheet.rows.is_empty() {
            self.y += 8.0;
            self.text(LEFT + 6.0, self.y + BODY, (BODY, Weight::Regular, Ink::Quiet), &sheet.nothing);
            self.y += LEADING + 8.0;
            self.rule(self.y, 0.5, Ink::Hair);
        }
        for (number, row) in sheet.rows.iter().enumerate() {
            self.row(&places, size, row, number % 2 == 1);
        }
        self.y += 6.0;
    }

    /// The size of the table's cells: that of the body, or smaller so that no figure leaves its column.
    fn size(&self, places: &[Place]) -> f32 {
        let figures = |row: &Vec<String>| -> Vec<f32> {
            let own = places.iter().zip(row).filter(|(place, _)| place.is_figure);
            own.map(|(place, text)| {
                (place.right - place.left) / self.fonts.line(text, Weight::Regular).width(1.0).max(1.0)
            })
            .collect()
        };
        self.sheet.rows.iter().flat_map(figures).fold(BODY, f32::min)
    }

    fn headings(&mut self, places: &[Place]) {
        let sheet = self.sheet;
        self.rule(self.y, 20.0, Ink::House);
        for (place, column) in places.iter().zip(&sheet.columns) {
            let line = self.fonts.line(&column.heading, Weight::Bold);
            let x = if place.is_figure { place.right - line.width(LABEL) } else { place.left };
            self.set(x, self.y + 13.0, LABEL, Ink::Tint, line);
        }
        self.y += 20.0;
    }

    fn row(&mut self, places: &[Place], size: f32, cells: &[String], is_tinted: bool) {
        let cell = |(place, text): (&Place, &String)| {
            if place.is_figure {
                vec![self.fonts.line(text, Weight::Regular)]
            } else {
                self.fonts.lines(text, Weight::Regular, size, place.right - place.left)
            }
        };
        let cells: Vec<Vec<Line>> = places.iter().zip(cells).map(cell).collect();
        let most = cells.iter().map(Vec::len).max().unwrap_or(1);
        let height = (1..=most).map(|_| LEADING).sum::<f32>() + 7.0;
        if !self.has_room(height) {
            self.turn();
            self.headings(places);
        }
        if is_tinted {
            self.rule(self.y, height, Ink::Tint);
        }
        for (place, lines) in places.iter().zip(cells) {
            let mut y = self.y + 3.0 + BODY;
            for line in lines {
                let x = if place.is_figure { place.right - line.width(size) } else { place.left };
                self.set(x, y, size, Ink::Text, line);
                y += LEADING;
            }
        }
        self.y += height;
        self.rule(self.y - 0.5, 0.5, Ink::Hair);
    }

    /// Another page, which says what it goes on with.
    fn turn(&mut self) {
        self.pages.push(vec![]);
        self.y = TOP;
        self.put(Mark::Box { x: 0.0, y: 0.0, width: WIDTH, height: 8.0, ink: Ink::House });
        self.text(LEFT, self.y, (11.0, Weight::Bold, Ink::House), "CareerNav");
        let what = format!("{} {}, continued", self.sheet.title, self.sheet.name);
        self.text_to(RIGHT, self.y, (LABEL, Weight::Regular, Ink::Quiet), &what);
        self.y += 8.0;
        self.rule(self.y, 0.8, Ink::House);
        self.y += 18.0;
    }

    /// The sums stand together, at the right.
    fn totals(&mut self) {
        let sheet = self.sheet;
        let (line, last) = (17.0, 24.0);
        let height = sheet.totals.iter().map(|_| line).sum::<f32>() + last;
        if !self.has_room(height) {
            self.turn();
        }
        self.y += 6.0;
        let x = LEFT + (RIGHT - LEFT) * 0.5;
        for (place, (label, amount)) in sheet.totals.iter().enumerate() {
            let is_last = place + 1 == sheet.totals.len();
            if is_last {
                self.put(Mark::Box { x, y: self.y + 2.0, width: RIGHT - x, height: 1.0, ink: Ink::House });
                self.y += 5.0;
            }
            let weight = if is_last { Weight::Bold } else { Weight::Regular };
            let size = if is_last { 11.5 } else { BODY };
            self.text(x, self.y + 12.0, (size, weight, Ink::Text), label);
            self.text_to(RIGHT - 6.0, self.y + 12.0, (size, weight, Ink::Text), amount);
            self.y += line;
        }
        self.y += 18.0;
    }

    fn notes(&mut self) {
        let sheet = self.sheet;
        for note in &sheet.notes {
            let lines = self.fonts.lines(note, Weight::Regular, LABEL, RIGHT - LEFT);
            let height = lines.iter().map(|_| LEADING).sum::<f32>();
            if !self.has_room(height) {
                self.turn();
            }
            self.paragraph(LEFT, RIGHT - LEFT, (LABEL, Weight::Regular, Ink::Quiet), note);
            self.y += 4.0;
        }
    }

    /// Below every page: how many there are is known now.
    fn feet(&mut self) {
        let of = self.pages.len();
        let style = (SMALL, Weight::Regular, Ink::Quiet);
        let made = std::mem::take(&mut self.pages);
        for (number, marks) in (1..).zip(made) {
            self.pages.push(marks);
            self.rule(HEIGHT - 52.0, 0.5, Ink::Hair);
            self.text(
                LEFT,
                HEIGHT - 39.0,
                style,
                "CareerNav · Made by computer and valid without a signature.",
            );
            self.text_to(RIGHT, HEIGHT - 39.0, style, &format!("Page {number} of {of}"));
        }
    }
}

/// Where a column stands.
struct Place {
    left: f32,
    right: f32,
    is_figure: bool,
}

fn places(columns: &[Column]) -> Vec<Place> {
    let all: f32 = columns.iter().map(|column| f32::from(column.share)).sum();
    let mut x = LEFT;
    let place = |column: &Column| {
        let width = (RIGHT - LEFT) * f32::from(column.share) / all;
        let (left, right) = (x + 6.0, x + width - GAP + 4.0);
        x += width;
        Place { left, right, is_figure: column.is_figure }
    };
    columns.iter().map(place).collect()
}
