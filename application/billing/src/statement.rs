use application_kernel::{MoneyView, labels};
use domain_billing::{DOCUMENT_ZONE, PaymentStatus, PayoutStatus};
use domain_kernel::{Date, Datelike, Timestamp, WallTime, labelled};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{BillingError, NamedView};

/// How many lines a statement has at most; a month with more is read from the earnings, page by page.
pub const MOST_LINES: usize = 1000;

/// A month of India's calendar, `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    first: Date,
    next: Date,
}

impl Month {
    /// Reads `YYYY-MM`, from 1970 to 9998.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) =
            text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, month) = Some((year, month)).filter(|(year, month)| digits(year) && digits(month))?;
        let (year, month) = (year.parse::<i32>().ok()?, month.parse::<u32>().ok()?);
        let first = Date::from_ymd_opt(year, month, 1).filter(|_| (1970..=9998).contains(&year))?;
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Some(Self { first, next: Date::from_ymd_opt(year, month, 1)? })
    }

    /// When it begins.
    pub fn from(self) -> Timestamp {
        DOCUMENT_ZONE.instant(self.first, WallTime::MIDNIGHT)
    }

    /// When the next one begins.
    pub fn to(self) -> Timestamp {
        DOCUMENT_ZONE.instant(self.next, WallTime::MIDNIGHT)
    }
}

/// `YYYY-MM`.
impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

/// A student's own payment and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnPaymentView {
    /// The payment.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub id: String,
    /// What is paid for.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a1")]
    pub session_id: String,
    /// Where it stands.
    #[schema(schema_with = labels::<PaymentStatus>)]
    pub status: String,
    /// Who teaches.
    pub mentor: NamedView,
    /// What is taught.
    #[schema(example = "Java Programming")]
    pub skill: String,
    /// The plan's title.
    #[schema(example = "Standard")]
    pub plan: Option<String>,
    /// The price.
    pub amount: MoneyView,
    /// What went back, lost disputes included.
    pub returned: MoneyView,
    /// What is on its way back.
    pub returning: MoneyView,
    /// When it was started.
    #[schema(format = DateTime, example = "2026-11-25T04:25:00Z")]
    pub started_at: Option<String>,
    /// When the money came.
    #[schema(format = DateTime, example = "2026-11-25T04:30:00Z")]
    pub paid_at: Option<String>,
    /// The numbers of the receipts and credit notes of it.
    #[schema(example = json!(["RCP-2026-000001"]))]
    pub documents: Vec<String>,
}

/// A mentor's share of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarningView {
    /// The payment.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub payment_id: String,
    /// What is paid for.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a1")]
    pub session_id: String,
    /// Where the share lies: with us, payable, on its way, with you.
    #[schema(schema_with = labels::<PayoutStatus>)]
    pub status: String,
    /// Who learns.
    pub student: NamedView,
    /// What is taught.
    #[schema(example = "Java Programming")]
    pub skill: String,
    /// The plan's title.
    #[schema(example = "Standard")]
    pub plan: Option<String>,
    /// What the student paid.
    pub amount: MoneyView,
    /// What of it goes back to the student, without what was clawed back.
    pub refunded: MoneyView,
    /// What the platform keeps of the rest.
    pub fee: MoneyView,
    /// The share.
    pub share: MoneyView,
    /// What of the share is owed back, because money went back after it was paid out.
    pub owed: MoneyView,
    /// When it is payable at the earliest; nothing while the session goes on.
    #[schema(format = DateTime, example = "2026-12-28T05:30:00Z")]
    pub payable_from: Option<String>,
    /// When it was paid out.
    #[schema(format = DateTime, example = "2026-12-29T04:31:00Z")]
    pub paid_at: Option<String>,
    /// When all of the payment was refunded, so that nothing will be paid out.
    #[schema(format = DateTime, example = "2026-12-29T04:31:00Z")]
    pub voided_at: Option<String>,
    /// The numbers of the invoices and credit notes of its fee.
    #[schema(example = json!(["INV-2026-000001"]))]
    pub documents: Vec<String>,
}

labelled! {
    /// What moved a mentor's money.
    pub enum Movement {
        /// A share was paid out.
        Paid = "paid",
        /// The mentor's bank sent it back.
        Returned = "returned",
        /// Money went back to the student after the share was paid out.
        ClawedBack = "clawed_back",
        /// The student's bank took it back after the share was paid out.
        Disputed = "disputed",
    }
}

/// A line of a payout statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementLineView {
    /// When.
    #[schema(format = DateTime, example = "2026-12-29T04:31:00Z")]
    pub at: String,
    /// What happened.
    #[schema(schema_with = labels::<Movement>)]
    pub kind: String,
    /// The payment.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub payment_id: String,
    /// What was paid for.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a1")]
    pub session_id: String,
    /// Who learns.
    #[schema(example = "Asha Kumari")]
    pub student: String,
    /// What is taught.
    #[schema(example = "Java Programming")]
    pub skill: String,
    /// The fee in it, in minor units; less than nothing where the platform gives it up.
    #[schema(example = 37_485)]
    pub fee_minor: i64,
    /// What came to the mentor, in minor units; less than nothing where it left, or is owed.
    #[schema(example = 212_415)]
    pub amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub currency: String,
    /// The provider's or the bank's reference.
    #[schema(example = "UTR-2026-000181")]
    pub reference: Option<String>,
}

/// The sums of a statement in one currency, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementTotalsView {
    /// ISO 4217.
    #[schema(example = "INR")]
    pub currency: String,
    /// What was paid out.
    #[schema(example = 212_415)]
    pub paid_minor: i64,
    /// What the bank sent back: nothing or less.
    #[schema(example = 0)]
    pub returned_minor: i64,
    /// What is owed of what was paid out: nothing or less.
    #[schema(example = 0)]
    pub owed_minor: i64,
    /// All three together.
    #[schema(example = 212_415)]
    pub net_minor: i64,
    /// The fees in them.
    #[schema(example = 37_485)]
    pub fee_minor: i64,
}

/// What moved a mentor's money in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementView {
    /// The month.
    #[schema(example = "2026-12")]
    pub month: String,
    /// By whose calendar.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
    /// When it begins.
    #[schema(format = DateTime, example = "2026-11-30T18:30:00Z")]
    pub from: String,
    /// When it ends.
    #[schema(format = DateTime, example = "2026-12-31T18:30:00Z")]
    pub to: String,
    /// Whether it is over, so that nothing will be added.
    #[schema(example = true)]
    pub is_over: bool,
    /// Whose statement it is.
    pub mentor: NamedView,
    /// What moved, in order.
    pub lines: Vec<StatementLineView>,
    /// Their sums by currency; none where nothing moved.
    pub totals: Vec<StatementTotalsView>,
}

impl StatementView {
    /// The statement of these lines as it is at `now`; refused if they are more than [`MOST_LINES`].
    pub fn of(
        mentor: NamedView,
        month: Month,
        lines: Vec<StatementLineView>,
        now: Timestamp,
    ) -> Result<Self, BillingError> {
        if lines.len() > MOST_LINES {
            return Err(BillingError::StatementTooLong);
        }
        Ok(Self {
            month: month.to_string(),
            zone: DOCUMENT_ZONE.to_string(),
            from: month.from().to_string(),
            to: month.to().to_string(),
            is_over: now >= month.to(),
            totals: totals(&lines),
            mentor,
            lines,
        })
    }
}

fn totals(lines: &[StatementLineView]) -> Vec<StatementTotalsView> {
    let mut currencies: Vec<&str> = lines.iter().map(|line| line.currency.as_str()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let of = |currency: &str| {
        let own = || lines.iter().filter(|line| line.currency == currency);
        let sum = |kinds: &[Movement]| -> i64 {
            let wanted = |line: &&StatementLineView| kinds.iter().any(|kind| kind.to_string() == line.kind);
            own().filter(wanted).map(|line| line.amount_minor).sum()
        };
        StatementTotalsView {
            currency: currency.to_owned(),
            paid_minor: sum(&[Movement::Paid]),
            returned_minor: sum(&[Movement::Returned]),
            owed_minor: sum(&[Movement::ClawedBack, Movement::Disputed]),
            net_minor: own().map(|line| line.amount_minor).sum(),
            fee_minor: own().map(|line| line.fee_minor).sum(),
        }
    };
    currencies.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight_in_india() {
        let month = month();
        assert_eq!(month.from().to_string(), "2026-11-30T18:30:00Z");
        assert_eq!(month.to().to_string(), "2026-12-31T18:30:00Z");
        assert_eq!(month.to_string(), "2026-12");
    }

    fn line(kind: Movement, amount_minor: i64, fee_minor: i64, currency: &str) -> StatementLineView {
        StatementLineView {
            at: month().from().to_string(),
            kind: kind.to_string(),
            payment_id: "p".into(),
            session_id: "s".into(),
            student: "Asha".into(),
            skill: "Java".into(),
            fee_minor,
            amount_minor,
            currency: currency.into(),
            reference: None,
        }
    }

    fn month() -> Month {
        Month::parse("2026-12").unwrap()
    }

    fn statement(lines: Vec<StatementLineView>) -> Result<StatementView, BillingError> {
        let mentor = NamedView { id: "ravi".into(), name: "Ravi".into() };
        StatementView::of(mentor, month(), lines, month().to())
    }

    #[test]
    fn sums_are_by_currency_and_what_left_counts_against_what_came() {
        let lines = vec![
            line(Movement::Paid, 850, 150, "INR"),
            line(Movement::Returned, -850, -150, "INR"),
            line(Movement::Paid, 850, 150, "INR"),
            line(Movement::ClawedBack, -85, -15, "INR"),
            line(Movement::Disputed, -17, -3, "INR"),
            line(Movement::Paid, 5, 1, "EUR"),
        ];
        let totals =
            |currency: &str, [paid_minor, returned_minor, owed_minor, net_minor, fee_minor]: [i64; 5]| {
                StatementTotalsView {
                    currency: currency.into(),
                    paid_minor,
                    returned_minor,
                    owed_minor,
                    net_minor,
                    fee_minor,
                }
            };
        let found = statement(lines).unwrap().totals;
        assert_eq!(found, [totals("EUR", [5, 0, 0, 5, 1]), totals("INR", [1700, -850, -102, 748, 132])]);
        assert_eq!(statement(vec![]).unwrap().totals, []);
    }

    #[test]
    fn a_month_with_too_many_lines_is_refused_and_not_cut() {
        let lines = |count| vec![line(Movement::Paid, 1, 0, "INR"); count];
        assert!(statement(lines(MOST_LINES)).is_ok());
        assert!(matches!(statement(lines(MOST_LINES + 1)), Err(BillingError::StatementTooLong)));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in
            ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-+1", "+026-01", "1969-12", "9999-12"]
        {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
