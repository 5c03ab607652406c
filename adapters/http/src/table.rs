//! Tables as CSV (RFC 4180): UTF-8, a line of headings, which are the names that the fields have in JSON.

use application_billing::ports::PrintFailed;
use application_billing::{DocumentView, EarningView, OwnPaymentView, StatementView};
use application_kernel::MoneyView;

use crate::Problem;

/// A cell.
pub(crate) enum Cell {
    /// Words that people wrote, or that we did.
    Words(String),
    /// A figure of ours.
    Figure(i64),
}

/// A table's headings and rows.
pub(crate) struct Table {
    pub(crate) headings: &'static [&'static str],
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Words that begin so are formulas to spreadsheets, whoever wrote them.
const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

impl Cell {
    fn written(self) -> String {
        match self {
            // An apostrophe makes a spreadsheet read what follows as words.
            Self::Words(text) if text.starts_with(FORMULAS) => format!("'{text}"),
            Self::Words(text) => text,
            // In major units, `-2499.00`: a figure may begin with a minus.
            Self::Figure(minor) => {
                let sign = if minor < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", minor.unsigned_abs() / 100, minor.unsigned_abs() % 100)
            }
        }
    }
}

impl Table {
    /// The table as it is sent.
    pub(crate) fn written(self) -> Result<Vec<u8>, Problem> {
        let broken = |error: &dyn std::fmt::Display| Problem::from(PrintFailed::Broken(error.to_string()));
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(self.headings).map_err(|error| broken(&error))?;
        for row in self.rows {
            writer.write_record(row.into_iter().map(Cell::written)).map_err(|error| broken(&error))?;
        }
        writer.into_inner().map_err(|error| broken(&error))
    }
}

fn words(text: &str) -> Cell {
    Cell::Words(text.to_owned())
}

fn perhaps(text: Option<&String>) -> Cell {
    Cell::Words(text.cloned().unwrap_or_default())
}

fn amount(money: &MoneyView) -> Cell {
    Cell::Figure(money.minor)
}

pub(crate) fn payments(items: &[OwnPaymentView]) -> Table {
    let row = |item: &OwnPaymentView| {
        let OwnPaymentView {
            id,
            session_id,
            status,
            mentor,
            skill,
            plan,
            amount: price,
            returned,
            returning,
            started_at,
            paid_at,
            documents,
        } = item;
        vec![
            words(id),
            words(session_id),
            words(status),
            words(&mentor.id),
            words(&mentor.name),
            words(skill),
            perhaps(plan.as_ref()),
            words(&price.currency),
            amount(price),
            amount(returned),
            amount(returning),
            perhaps(started_at.as_ref()),
            perhaps(paid_at.as_ref()),
            Cell::Words(documents.join(" ")),
        ]
    };
    let headings = &[
        "id",
        "session_id",
        "status",
        "mentor_id",
        "mentor_name",
        "skill",
        "plan",
        "currency",
        "amount",
        "returned",
        "returning",
        "started_at",
        "paid_at",
        "documents",
    ];
    Table { headings, rows: items.iter().map(row).collect() }
}

pub(crate) fn earnings(items: &[EarningView]) -> Table {
    let row = |item: &EarningView| {
        let EarningView {
            payment_id,
            session_id,
            status,
            student,
            skill,
            plan,
            amount: price,
            refunded,
            fee,
            share,
            owed,
            payable_from,
            paid_at,
            voided_at,
            documents,
        } = item;
        vec![
            words(payment_id),
            words(session_id),
            words(status),
            words(&student.id),
            words(&student.name),
            words(skill),
            perhaps(plan.as_ref()),
            words(&price.currency),
            amount(price),
            amount(refunded),
            amount(fee),
            amount(share),
            amount(owed),
            perhaps(payable_from.as_ref()),
            perhaps(paid_at.as_ref()),
            perhaps(voided_at.as_ref()),
            Cell::Words(documents.join(" ")),
        ]
    };
    let headings = &[
        "payment_id",
        "session_id",
        "status",
        "student_id",
        "student_name",
        "skill",
        "plan",
        "currency",
        "amount",
        "refunded",
        "fee",
        "share",
        "owed",
        "payable_from",
        "paid_at",
        "voided_at",
        "documents",
    ];
    Table { headings, rows: items.iter().map(row).collect() }
}

pub(crate) fn documents(items: &[DocumentView]) -> Table {
    let row = |item: &DocumentView| {
        let DocumentView {
            number,
            kind,
            issued_at,
            occurred_at,
            payment_id,
            session_id,
            student,
            mentor,
            skill,
            plan,
            gateway,
            amount: total,
            of,
            corrects,
        } = item;
        vec![
            words(number),
            words(kind),
            words(issued_at),
            words(occurred_at),
            words(payment_id),
            words(session_id),
            words(&student.id),
            words(&student.name),
            words(&mentor.id),
            words(&mentor.name),
            words(skill),
            perhaps(plan.as_ref()),
            words(gateway),
            words(&total.currency),
            amount(total),
            of.as_ref().map_or_else(|| words(""), amount),
            perhaps(corrects.as_ref()),
        ]
    };
    let headings = &[
        "number",
        "kind",
        "issued_at",
        "occurred_at",
        "payment_id",
        "session_id",
        "student_id",
        "student_name",
        "mentor_id",
        "mentor_name",
        "skill",
        "plan",
        "gateway",
        "currency",
        "amount",
        "of",
        "corrects",
    ];
    Table { headings, rows: items.iter().map(row).collect() }
}

/// The lines; the sums follow from them.
pub(crate) fn statement(statement: &StatementView) -> Table {
    let row = |line: &application_billing::StatementLineView| {
        vec![
            words(&line.at),
            words(&line.kind),
            words(&line.payment_id),
            words(&line.session_id),
            words(&line.student),
            words(&line.skill),
            words(&line.currency),
            Cell::Figure(line.fee_minor),
            Cell::Figure(line.amount_minor),
            perhaps(line.reference.as_ref()),
        ]
    };
    let headings = &[
        "at",
        "kind",
        "payment_id",
        "session_id",
        "student",
        "skill",
        "currency",
        "fee",
        "amount",
        "reference",
    ];
    Table { headings, rows: statement.lines.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: Vec<Vec<Cell>>) -> String {
        let bytes = Table { headings: &["a", "b"], rows }.written().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn words_are_never_formulas_and_figures_may_be_negative() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            let line = written(vec![vec![words(formula), Cell::Figure(-249_905)]]);
            let cell = line.split_once("\r\n").unwrap().1.trim_start_matches('"');
            assert!(cell.starts_with('\''), "{line:?}");
            assert!(line.ends_with(",-2499.05\r\n"), "{line:?}");
        }
        assert_eq!(written(vec![vec![words("1-2=3"), Cell::Figure(5)]]), "a,b\r\n1-2=3,0.05\r\n");
    }

    #[test]
    fn what_would_break_a_line_is_quoted() {
        let line = written(vec![vec![words("Asha \"A\", K."), words("one\ntwo")]]);
        assert_eq!(line, "a,b\r\n\"Asha \"\"A\"\", K.\",\"one\ntwo\"\r\n");
    }
}
