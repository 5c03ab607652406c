use domain_kernel::{PaymentId, RefundId, SessionId};
use proptest::prelude::*;

use super::*;
use crate::RefundCause;

fn inr(minor: i64) -> Money {
    Money::parse(minor, Currency::parse("INR").unwrap()).unwrap()
}

fn payment() -> Payment {
    let (id, session) = (PaymentId::parse("p").unwrap(), SessionId::parse("s").unwrap());
    Payment::start(id, session, inr(1000), "simulated".into(), Timestamp::EPOCH).0
}

fn posted(kind: EntryKind, source: &str, lines: &[(AccountKind, i64)]) -> Posted {
    let currency = Currency::parse("INR").unwrap();
    Posted { kind, source: source.into(), at: Timestamp::EPOCH, currency, lines: lines.to_vec() }
}

fn capture() -> Posted {
    posted(EntryKind::Capture, "p", &[(AccountKind::GatewayClearing, -1000), (AccountKind::Escrow, 1000)])
}

fn earn(fee: i64) -> Posted {
    posted(EntryKind::Earn, "p", &[(AccountKind::Escrow, -1000), (AccountKind::PlatformRevenue, fee)])
}

fn payout(kind: EntryKind, source: &str) -> Posted {
    posted(kind, source, &[(AccountKind::PayoutInTransit, -850), (AccountKind::Bank, 850)])
}

fn due(entries: &[Posted], refunds: &[Refund]) -> Vec<(DocumentKind, String, i64, Option<String>)> {
    let due = documents_due(&payment(), entries, refunds).unwrap();
    due.into_iter()
        .map(|due| (due.kind, due.source, due.amount.minor(), due.corrects.map(|(_, source)| source)))
        .collect()
}

#[test]
fn money_that_came_has_a_receipt_and_what_went_back_a_credit_note_for_it() {
    let back = posted(
        EntryKind::RefundProcessed,
        "r",
        &[(AccountKind::RefundPayable, -300), (AccountKind::GatewayClearing, 300)],
    );
    let expected = [
        (DocumentKind::Receipt, "p".into(), 1000, None),
        (DocumentKind::CreditNote, "r".into(), 300, Some("p".into())),
    ];
    assert_eq!(due(&[capture(), back], &[]), expected);
}

#[test]
fn money_that_had_nothing_to_pay_for_has_a_receipt_of_its_own() {
    let came = posted(
        EntryKind::CaptureUnapplied,
        "simulated:2",
        &[(AccountKind::GatewayClearing, -700), (AccountKind::Unapplied, 700)],
    );
    let back = posted(
        EntryKind::RefundProcessed,
        "r",
        &[(AccountKind::RefundPayable, -700), (AccountKind::GatewayClearing, 700)],
    );
    let why = (RefundCause::Second, RefundSource::Unapplied);
    let id = RefundId::parse("r").unwrap();
    let refund = Refund::request(id, payment().id, "2".into(), inr(700), why, Timestamp::EPOCH).0;
    let expected = [
        (DocumentKind::Receipt, "p".into(), 1000, None),
        (DocumentKind::Receipt, "simulated:2".into(), 700, None),
        (DocumentKind::CreditNote, "r".into(), 700, Some("simulated:2".into())),
    ];
    assert_eq!(due(&[capture(), came, back], &[refund]), expected);
}

#[test]
fn the_fee_is_invoiced_when_the_mentor_is_paid_and_not_before() {
    assert_eq!(due(&[capture(), earn(150)], &[]).len(), 1);
    let paid = payout(EntryKind::PayoutPaid, "a1");
    let invoice = (DocumentKind::FeeInvoice, "a1".into(), 150, None);
    assert_eq!(due(&[capture(), earn(150), paid], &[])[1], invoice);
}

#[test]
fn a_fee_of_nothing_is_not_invoiced() {
    assert_eq!(due(&[capture(), earn(0), payout(EntryKind::PayoutPaid, "a1")], &[]).len(), 1);
}

#[test]
fn a_payout_that_the_bank_sends_back_takes_its_invoice_back_and_the_next_has_another() {
    let entries = [
        capture(),
        earn(150),
        payout(EntryKind::PayoutPaid, "a1"),
        payout(EntryKind::PayoutReturned, "a1"),
        posted(EntryKind::Unearn, "p", &[(AccountKind::PlatformRevenue, -150)]),
        earn(120),
        payout(EntryKind::PayoutPaid, "a2"),
    ];
    let expected = [
        (DocumentKind::Receipt, "p".into(), 1000, None),
        (DocumentKind::FeeInvoice, "a1".into(), 150, None),
        (DocumentKind::FeeInvoice, "a2".into(), 120, None),
        (DocumentKind::FeeCreditNote, "a1".into(), 150, Some("a1".into())),
    ];
    assert_eq!(due(&entries, &[]), expected);
}

#[test]
fn what_the_platform_bears_of_a_claw_back_or_a_lost_dispute_is_credited_to_the_mentor() {
    let bears = [(AccountKind::PlatformRevenue, -15), (AccountKind::MentorReceivable, -85)];
    let clawed =
        posted(EntryKind::ClawBack, "r", &[&bears[..], &[(AccountKind::RefundPayable, 100)]].concat());
    let lost =
        posted(EntryKind::DisputeLost, "d", &[&bears[..], &[(AccountKind::DisputeHold, 100)]].concat());
    let entries = [capture(), earn(150), payout(EntryKind::PayoutPaid, "a1"), clawed, lost];
    let expected = [
        (DocumentKind::FeeCreditNote, "r".into(), 15, Some("a1".into())),
        (DocumentKind::CreditNote, "d".into(), 100, Some("p".into())),
        (DocumentKind::FeeCreditNote, "d".into(), 15, Some("a1".into())),
    ];
    assert_eq!(due(&entries, &[])[2..], expected);
}

#[test]
fn a_dispute_that_is_lost_before_the_mentor_was_paid_credits_the_student_only() {
    let lost =
        posted(EntryKind::DisputeLost, "d", &[(AccountKind::Escrow, -400), (AccountKind::DisputeHold, 400)]);
    let expected = (DocumentKind::CreditNote, "d".into(), 400, Some("p".into()));
    assert_eq!(due(&[capture(), lost], &[])[1..], [expected]);
}

#[test]
fn a_year_ends_when_it_does_in_india() {
    let year = |text: &str| DocumentNumber::year_at(Timestamp::from_utc(text.parse().unwrap()));
    assert_eq!((year("2026-12-31T18:29:59"), year("2026-12-31T18:30:00")), (2026, 2027));
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "",
        "RCP",
        "RCP-2026",
        "RCP-2026-1",
        "RCP-2026-000000",
        "RCP-26-000001",
        "rcp-2026-000001",
        "XXX-2026-000001",
        "RCP-2026-0000001",
        "RCP-2026-+00001",
        "RCP-+026-000001",
        "RCP-2026-000001-1",
        "RCP-2026-99999999999",
    ] {
        assert_eq!(DocumentNumber::parse(text), Err(InvalidNumber), "{text}");
    }
}

proptest! {
    #[test]
    fn a_number_is_read_as_it_is_written(place in 1..i32::MAX, year in 1970..=9999, series in 0..3usize) {
        let number = DocumentNumber { series: Series::ALL[series], year, place };
        prop_assert_eq!(DocumentNumber::parse(&number.to_string()), Ok(number));
    }
}
