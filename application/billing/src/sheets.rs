//! What is printed of each view. Words of people, in English; days are India's.

use domain_billing::{DOCUMENT_ZONE, DocumentKind, PaymentStatus, PayoutStatus};
use domain_kernel::Labelled;

use crate::ports::{Column, Sheet};
use crate::{DocumentView, EarningView, Movement, OwnPaymentView, StatementLineView, StatementView};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `2,499.00`, with a minus in front where it is less than nothing.
fn figures(minor: i64) -> String {
    let (sign, whole, rest) =
        (if minor < 0 { "-" } else { "" }, minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{rest:02}")
}

/// `2,499.00 INR`.
fn money(minor: i64, currency: &str) -> String {
    format!("{} {currency}", figures(minor))
}

/// An instant of a view as a day of India's calendar: the day, the month's name, the year.
fn day_of(instant: &str) -> Option<(u32, &'static str, i32)> {
    use domain_kernel::{Datelike, Timestamp};
    let instant = instant.parse().ok()?;
    let (date, _) = DOCUMENT_ZONE.local(Timestamp::new(instant));
    let month = usize::try_from(date.month0()).ok()?;
    Some((date.day(), MONTHS.get(month)?, date.year()))
}

/// `25 November 2026`.
fn day(instant: &str) -> String {
    day_of(instant).map_or_else(|| instant.to_owned(), |(day, month, year)| format!("{day} {month} {year}"))
}

/// `25 Nov 2026`.
fn short_day(instant: &str) -> String {
    let short = |(day, month, year): (u32, &str, i32)| {
        format!("{day} {} {year}", month.chars().take(3).collect::<String>())
    };
    day_of(instant).map_or_else(|| instant.to_owned(), short)
}

/// `November 2026` of `2026-11`.
fn month_name(month: &str) -> String {
    let name = month.split_once('-').and_then(|(year, number)| {
        let place = number.parse::<usize>().ok()?.checked_sub(1)?;
        Some(format!("{} {year}", MONTHS.get(place)?))
    });
    name.unwrap_or_else(|| month.to_owned())
}

fn fact(label: &str, value: impl Into<String>) -> (String, String) {
    (label.to_owned(), value.into())
}

fn party(role: &str, name: &str) -> (String, Vec<String>) {
    (role.to_owned(), vec![name.to_owned()])
}

/// A plan of a skill as people call it.
fn lessons(skill: &str, plan: Option<&str>) -> String {
    plan.map_or_else(|| skill.to_owned(), |plan| format!("{skill}, {plan}"))
}

impl DocumentView {
    /// The document as it is printed.
    pub fn sheet(&self) -> Sheet {
        let kind = DocumentKind::from_label(&self.kind).unwrap_or(DocumentKind::Receipt);
        let lessons = lessons(&self.skill, self.plan.as_deref());
        let (student, mentor) = (self.student.name.as_str(), self.mentor.name.as_str());
        let corrected = self.corrects.as_deref().map_or(String::new(), |number| format!(" ({number})"));
        let of =
            self.of.as_ref().map_or(String::new(), |of| format!(" on {}", money(of.minor, &of.currency)));
        let (title, parties, happened, line, total, note) = match kind {
            DocumentKind::Receipt => (
                "Receipt",
                [party("Received from", student), party("For lessons by", mentor)],
                "Paid on",
                format!("{lessons}: a plan of lessons with {mentor}"),
                "Received",
                "What of this goes back is shown by a credit note of its own.",
            ),
            DocumentKind::CreditNote => (
                "Credit note",
                [party("Returned to", student), party("For lessons by", mentor)],
                "Returned on",
                format!("{lessons}: money that was returned{corrected}"),
                "Returned",
                "It was returned the way it came.",
            ),
            DocumentKind::FeeInvoice => (
                "Invoice",
                [party("Invoiced to", mentor), party("For lessons to", student)],
                "Paid out on",
                format!("{lessons}: the platform's fee{of} paid by {student}"),
                "Fee",
                "The fee was kept back when your share was paid out. Nothing is left to be paid.",
            ),
            DocumentKind::FeeCreditNote => (
                "Credit note",
                [party("Credited to", mentor), party("For lessons to", student)],
                "Given up on",
                format!("{lessons}: the platform's fee{of} that went back{corrected}"),
                "Credited",
                "The fee that was invoiced is less by this.",
            ),
        };
        let mut facts = vec![
            fact("Date", day(&self.issued_at)),
            fact(happened, day(&self.occurred_at)),
            fact("Payment", &self.payment_id),
            fact("Session", &self.session_id),
            fact("Gateway", &self.gateway),
        ];
        facts.extend(self.corrects.as_ref().map(|number| fact("Corrects", number)));
        let amount = money(self.amount.minor, &self.amount.currency);
        Sheet {
            title: title.to_owned(),
            name: self.number.clone(),
            facts,
            parties: parties.into(),
            columns: vec![Column::of_words("Description", 7), Column::of_figures("Amount", 3)],
            rows: vec![vec![line, amount.clone()]],
            nothing: String::new(),
            totals: vec![(total.to_owned(), amount)],
            notes: vec![note.to_owned(), "No tax is shown: amounts are as they were agreed.".to_owned()],
        }
    }

    /// Some of somebody's documents as they are printed.
    pub fn list(documents: &[Self]) -> Sheet {
        let row = |document: &Self| {
            let kind = DocumentKind::from_label(&document.kind).unwrap_or(DocumentKind::Receipt);
            let kind = match kind {
                DocumentKind::Receipt => "Receipt",
                DocumentKind::CreditNote | DocumentKind::FeeCreditNote => "Credit note",
                DocumentKind::FeeInvoice => "Invoice",
            };
            vec![
                short_day(&document.issued_at),
                document.number.clone(),
                kind.to_owned(),
                lessons(&document.skill, document.plan.as_deref()),
                money(document.amount.minor, &document.amount.currency),
            ]
        };
        Sheet {
            title: "Documents".to_owned(),
            columns: vec![
                Column::of_words("Date", 16),
                Column::of_words("Number", 22),
                Column::of_words("What", 15),
                Column::of_words("Lessons", 30),
                Column::of_figures("Amount", 22),
            ],
            rows: documents.iter().map(row).collect(),
            nothing: "Nothing was issued.".to_owned(),
            ..Sheet::default()
        }
    }
}

impl OwnPaymentView {
    /// Some of a student's payments as they are printed.
    pub fn list(payments: &[Self]) -> Sheet {
        let row = |payment: &Self| {
            let status = match PaymentStatus::from_label(&payment.status) {
                Ok(PaymentStatus::Pending | PaymentStatus::Processing) => "Not paid yet",
                Ok(PaymentStatus::Success) => "Paid",
                Ok(PaymentStatus::Failed) => "Failed",
                Ok(PaymentStatus::Refunded) => "Returned",
                Err(_) => "",
            };
            let when = payment.paid_at.as_deref().or(payment.started_at.as_deref());
            vec![
                when.map(short_day).unwrap_or_default(),
                lessons(&payment.skill, payment.plan.as_deref()),
                payment.mentor.name.clone(),
                status.to_owned(),
                money(payment.amount.minor, &payment.amount.currency),
                money(payment.returned.minor, &payment.returned.currency),
            ]
        };
        Sheet {
            title: "Payments".to_owned(),
            columns: vec![
                Column::of_words("Date", 17),
                Column::of_words("Lessons", 25),
                Column::of_words("Mentor", 23),
                Column::of_words("Status", 17),
                Column::of_figures("Amount", 21),
                Column::of_figures("Returned", 21),
            ],
            rows: payments.iter().map(row).collect(),
            nothing: "Nothing was paid.".to_owned(),
            ..Sheet::default()
        }
    }
}

impl EarningView {
    /// Some of a mentor's earnings as they are printed.
    pub fn list(earnings: &[Self]) -> Sheet {
        let row = |earning: &Self| {
            let when = |at: Option<&str>| at.map(short_day).unwrap_or_default();
            let status = match PayoutStatus::from_label(&earning.status) {
                _ if earning.voided_at.is_some() => "Returned to the student".to_owned(),
                Ok(PayoutStatus::Pending) => "Held".to_owned(),
                Ok(PayoutStatus::Ready) => "Payable".to_owned(),
                Ok(PayoutStatus::Processing) => "On its way".to_owned(),
                Ok(PayoutStatus::Released) => format!("Paid {}", when(earning.paid_at.as_deref())),
                Err(_) => String::new(),
            };
            vec![
                earning.student.name.clone(),
                lessons(&earning.skill, earning.plan.as_deref()),
                status,
                figures(earning.amount.minor),
                figures(earning.refunded.minor),
                figures(earning.fee.minor),
                money(earning.share.minor, &earning.share.currency),
            ]
        };
        Sheet {
            title: "Earnings".to_owned(),
            columns: vec![
                Column::of_words("Student", 20),
                Column::of_words("Lessons", 22),
                Column::of_words("Status", 17),
                Column::of_figures("Paid by student", 20),
                Column::of_figures("Returned", 14),
                Column::of_figures("Fee", 13),
                Column::of_figures("Your share", 23),
            ],
            rows: earnings.iter().map(row).collect(),
            nothing: "Nothing was earned.".to_owned(),
            ..Sheet::default()
        }
    }
}

impl StatementView {
    /// The statement as it is printed.
    pub fn sheet(&self) -> Sheet {
        let name = month_name(&self.month);
        let mut notes = vec![format!("Days are those of {}.", self.zone)];
        if !self.is_over {
            notes.push("The month is not over: there may be more to come.".to_owned());
        }
        if self.totals.iter().any(|totals| totals.owed_minor < 0) {
            notes.push("What is owed went back to a student after it was paid out to you.".to_owned());
        }
        let mut totals = Vec::new();
        for sums in &self.totals {
            let mut add = |label: &str, minor| totals.push((label.to_owned(), money(minor, &sums.currency)));
            add("Paid out", sums.paid_minor);
            add("Sent back by your bank", sums.returned_minor);
            add("Owed", sums.owed_minor);
            add("Net of the month", sums.net_minor);
        }
        Sheet {
            title: "Payout statement".to_owned(),
            name: name.clone(),
            facts: vec![
                fact("Month", name),
                fact("From", day(&self.from)),
                fact("Lines", self.lines.len().to_string()),
            ],
            parties: vec![("Mentor".to_owned(), vec![self.mentor.name.clone(), self.mentor.id.clone()])],
            columns: vec![
                Column::of_words("Date", 17),
                Column::of_words("Student", 23),
                Column::of_words("What", 33),
                Column::of_figures("Fee", 15),
                Column::of_figures("To you", 22),
            ],
            rows: self.lines.iter().map(row).collect(),
            nothing: "Nothing moved in this month.".to_owned(),
            totals,
            notes,
        }
    }
}

fn row(line: &StatementLineView) -> Vec<String> {
    let what = match Movement::from_label(&line.kind) {
        Ok(Movement::Paid) => "Paid out",
        Ok(Movement::Returned) => "Sent back by your bank",
        Ok(Movement::ClawedBack) => "Returned to the student",
        Ok(Movement::Disputed) => "Lost dispute",
        Err(_) => "",
    };
    vec![
        short_day(&line.at),
        line.student.clone(),
        format!("{what}: {}", line.skill),
        figures(line.fee_minor),
        money(line.amount_minor, &line.currency),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands_and_have_two_decimals() {
        for (minor, expected) in [
            (0, "0.00 INR"),
            (5, "0.05 INR"),
            (249_900, "2,499.00 INR"),
            (-50_000, "-500.00 INR"),
            (9_999_999_999, "99,999,999.99 INR"),
        ] {
            assert_eq!(money(minor, "INR"), expected);
        }
    }

    #[test]
    fn a_day_is_the_one_that_it_is_in_india() {
        assert_eq!(day("2026-12-31T18:29:59Z"), "31 December 2026");
        assert_eq!(day("2026-12-31T18:30:00Z"), "1 January 2027");
        assert_eq!(short_day("2026-09-01T00:00:00Z"), "1 Sep 2026");
        assert_eq!(month_name("2026-02"), "February 2026");
    }
}
