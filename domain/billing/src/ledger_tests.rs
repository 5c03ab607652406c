use super::*;
use crate::{AttemptStatus, Dispute, PayoutAttempt, PayoutOutcome, RefundCause};
use domain_kernel::{Currency, DisputeId, PayoutAttemptId, RefundId, hours};
use proptest::prelude::*;

fn inr(minor: i64) -> Money {
    Money::parse(minor, Currency::parse("INR").unwrap()).unwrap()
}

fn ledger(amount: i64, fee: u16) -> Ledger {
    let (payment, session) = (PaymentId::parse("p").unwrap(), SessionId::parse("s").unwrap());
    let (mentor, fee) = (UserId::parse("m").unwrap(), BasisPoints::parse(fee).unwrap());
    Ledger::of_capture(payment, session, mentor, inr(amount), fee, Timestamp::EPOCH)
}

fn give_back(
    ledger: &mut Ledger,
    amount: Money,
    source: RefundSource,
) -> Result<JournalEntry, LedgerRefused> {
    let (refund, _) = Refund::request(
        RefundId::parse("r").unwrap(),
        ledger.payment.clone(),
        "attempt".into(),
        amount,
        (RefundCause::Operator, source),
        Timestamp::EPOCH,
    );
    ledger.refund(&refund, Timestamp::EPOCH)
}

fn lines(entry: &JournalEntry) -> Vec<(String, i64)> {
    entry.lines().into_iter().map(|(account, minor)| (account.kind.to_string(), minor)).collect()
}

fn payable(amount: i64, fee: u16) -> Ledger {
    let mut ledger = ledger(amount, fee);
    ledger.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
    ledger.earn(false, Timestamp::EPOCH).unwrap();
    ledger
}

fn start(ledger: &mut Ledger, id: &str) -> PayoutAttempt {
    let id = PayoutAttemptId::parse(id).unwrap();
    ledger.release(id, "manual".into(), None, Timestamp::EPOCH).unwrap().0
}

fn paid() -> PayoutOutcome {
    PayoutOutcome::Paid { reference: "UTR 1".into() }
}

fn paid_out(amount: i64, fee: u16) -> (Ledger, PayoutAttempt) {
    let mut ledger = payable(amount, fee);
    let mut attempt = start(&mut ledger, "a1");
    ledger.settle(&mut attempt, &paid(), Timestamp::EPOCH).unwrap().unwrap();
    (ledger, attempt)
}

fn dispute(amount: i64) -> Dispute {
    let (id, payment) = (DisputeId::parse("d").unwrap(), PaymentId::parse("p").unwrap());
    Dispute::open(id, payment, "gateway's".into(), inr(amount), Timestamp::EPOCH)
}

#[test]
fn what_was_not_earned_goes_back_and_the_rest_is_split_anew() {
    let mut ledger = ledger(249_900, 1500);
    assert_eq!((ledger.fee, ledger.payout), (inr(37_485), inr(212_415)));
    // Three of eight meetings: floor(249900 × 3 / 8) = 93712 is kept.
    let back = ledger.unearned(3, 8).unwrap();
    assert_eq!(back, inr(156_188));
    give_back(&mut ledger, back, RefundSource::Escrow).unwrap();
    assert_eq!((ledger.fee, ledger.payout, ledger.voided_at), (inr(14_056), inr(79_656), None));
    assert_eq!(ledger.unearned(3, 8), Ok(inr(0)));
}

#[test]
fn a_payment_that_went_back_in_whole_is_void_and_never_paid_out() {
    let mut ledger = ledger(100, 1500);
    give_back(&mut ledger, inr(100), RefundSource::Escrow).unwrap();
    assert_eq!(ledger.voided_at, Some(Timestamp::EPOCH));
    ledger.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
    assert_eq!(ledger.earn(false, Timestamp::EPOCH), Err(LedgerRefused::Nothing));
    assert!(give_back(&mut ledger, inr(1), RefundSource::Escrow).is_err());
}

#[test]
fn a_share_is_payable_when_its_hold_is_over_and_no_no_show_is_open() {
    let mut ledger = ledger(100, 1500);
    let until = Timestamp::EPOCH.plus(hours(72));
    assert_eq!(ledger.earn(false, until), Err(LedgerRefused::Held), "the session goes on");
    ledger.hold_until(until, Timestamp::EPOCH);
    assert_eq!(ledger.earn(false, until.minus(hours(1))), Err(LedgerRefused::Held));
    assert_eq!(ledger.earn(true, until), Err(LedgerRefused::Held));
    assert!(ledger.earn(false, until).is_ok());
    assert_eq!(ledger.status, PayoutStatus::Ready);
    assert!(matches!(ledger.earn(false, until), Err(LedgerRefused::Illegal(_))));
}

#[test]
fn a_payable_share_is_not_refunded_before_it_is_held_again() {
    let mut ledger = ledger(100, 1500);
    ledger.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
    ledger.earn(false, Timestamp::EPOCH).unwrap();
    assert!(matches!(give_back(&mut ledger, inr(1), RefundSource::Escrow), Err(LedgerRefused::Illegal(_))));
}

#[test]
fn fee_and_share_are_revenue_and_payable_only_when_they_are_earned() {
    let mut ledger = ledger(100, 1500);
    assert_eq!(lines(&ledger.captured().unwrap()), lines_of([("gateway_clearing", -100), ("escrow", 100)]));
    ledger.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
    let (earned, _) = ledger.earn(false, Timestamp::EPOCH).unwrap();
    assert_eq!(
        lines(&earned),
        lines_of([("escrow", -100), ("mentor_payable", 85), ("platform_revenue", 15)])
    );
    let held = ledger.hold(Timestamp::EPOCH).unwrap();
    assert_eq!(lines(&held), lines_of([("escrow", 100), ("mentor_payable", -85), ("platform_revenue", -15)]));
    assert_eq!(ledger.status, PayoutStatus::Pending);
}

fn lines_of<const N: usize>(lines: [(&str, i64); N]) -> Vec<(String, i64)> {
    lines.map(|(kind, minor)| (kind.to_owned(), minor)).to_vec()
}

#[test]
fn a_payout_that_failed_is_tried_again_under_another_key_and_the_old_one_counts_no_more() {
    let mut ledger = payable(100, 1500);
    let mut first = start(&mut ledger, "a1");
    let failed = PayoutOutcome::Failed { reason: "account closed".into() };
    let (entry, _) = ledger.settle(&mut first, &failed, Timestamp::EPOCH).unwrap().unwrap();
    assert_eq!(lines(&entry), lines_of([("mentor_payable", 85), ("payout_in_transit", -85)]));
    let mut second = start(&mut ledger, "a2");
    assert_eq!(ledger.settle(&mut first, &paid(), Timestamp::EPOCH), Ok(None), "stale");
    assert_eq!(ledger.status, PayoutStatus::Processing);
    let (entry, _) = ledger.settle(&mut second, &paid(), Timestamp::EPOCH).unwrap().unwrap();
    assert_eq!(lines(&entry), lines_of([("bank", 85), ("payout_in_transit", -85)]));
    assert_eq!(ledger.settle(&mut second, &paid(), Timestamp::EPOCH), Ok(None), "told twice");
    assert_eq!((ledger.status, ledger.released_at), (PayoutStatus::Released, Some(Timestamp::EPOCH)));
}

#[test]
fn what_the_bank_sends_back_is_payable_again_unless_it_was_clawed_back_or_is_disputed() {
    let returned = PayoutOutcome::Returned { reason: "no such account".into() };
    let (mut ledger, mut attempt) = paid_out(100, 1500);
    ledger.settle(&mut attempt, &returned, Timestamp::EPOCH).unwrap().unwrap();
    assert_eq!((ledger.status, ledger.released_at), (PayoutStatus::Ready, None));
    let (mut ledger, mut attempt) = paid_out(100, 1500);
    give_back(&mut ledger, inr(1), RefundSource::ClawBack).unwrap();
    assert_eq!(ledger.settle(&mut attempt, &returned, Timestamp::EPOCH), Err(LedgerRefused::ClawedBack));
    let (mut ledger, mut attempt) = paid_out(100, 1500);
    ledger.open_dispute(&dispute(100), Timestamp::EPOCH).unwrap();
    assert_eq!(ledger.settle(&mut attempt, &returned, Timestamp::EPOCH), Err(LedgerRefused::Disputed));
}

#[test]
fn a_claw_back_takes_the_fees_share_from_the_fee_and_the_rest_from_the_mentor() {
    let (mut ledger, _) = paid_out(1_000, 1500);
    let entry = give_back(&mut ledger, inr(400), RefundSource::ClawBack).unwrap();
    let expected = [("mentor_receivable", -340), ("refund_payable", 400), ("platform_revenue", -60)];
    assert_eq!(lines_sorted(&entry), sorted(lines_of(expected)));
    assert_eq!((ledger.clawed, ledger.clawed_fee, ledger.left()), (inr(400), inr(60), Ok(inr(600))));
    assert_eq!(
        give_back(&mut ledger, inr(601), RefundSource::ClawBack),
        Err(LedgerRefused::TooMuch(inr(600)))
    );
    assert_eq!(give_back(&mut ledger, inr(600), RefundSource::Escrow), Err(LedgerRefused::PaidOut));
    assert_eq!(ledger.amount, ledger.refunded.plus(ledger.net().unwrap()).unwrap());
}

fn lines_sorted(entry: &JournalEntry) -> Vec<(String, i64)> {
    sorted(lines(entry))
}

fn sorted(mut lines: Vec<(String, i64)>) -> Vec<(String, i64)> {
    lines.sort();
    lines
}

#[test]
fn a_share_in_transit_is_neither_refunded_nor_held_nor_disputed() {
    let mut ledger = payable(100, 1500);
    start(&mut ledger, "a1");
    let before = ledger.clone();
    assert_eq!(give_back(&mut ledger, inr(1), RefundSource::Escrow), Err(LedgerRefused::InFlight));
    assert_eq!(ledger.stop("look".into(), Timestamp::EPOCH), Err(LedgerRefused::InFlight));
    assert_eq!(ledger.open_dispute(&dispute(100), Timestamp::EPOCH), Err(LedgerRefused::InFlight));
    assert_eq!(ledger, before);
}

#[test]
fn an_operators_hold_keeps_a_share_from_being_payable_until_it_is_lifted() {
    let mut ledger = payable(100, 1500);
    assert!(ledger.stop("who is this".into(), Timestamp::EPOCH).unwrap().is_some());
    assert_eq!(ledger.earn(false, Timestamp::EPOCH), Err(LedgerRefused::Held));
    assert_eq!(ledger.resume(Timestamp::EPOCH).unwrap().kind(), "payout_freed");
    assert_eq!(ledger.resume(Timestamp::EPOCH), None);
    assert!(ledger.earn(false, Timestamp::EPOCH).is_ok());
}

#[test]
fn a_dispute_holds_the_share_and_its_end_frees_or_takes_it() {
    let mut ledger = payable(100, 1500);
    let opened = ledger.open_dispute(&dispute(100), Timestamp::EPOCH).unwrap();
    assert_eq!(
        opened.iter().map(|entry| entry.kind).collect::<Vec<_>>(),
        [EntryKind::Unearn, EntryKind::DisputeOpened]
    );
    assert_eq!(ledger.earn(false, Timestamp::EPOCH), Err(LedgerRefused::Held));
    assert_eq!(give_back(&mut ledger, inr(1), RefundSource::Escrow), Err(LedgerRefused::Disputed));
    let mut won = ledger.clone();
    won.win_dispute(&dispute(100), Timestamp::EPOCH).unwrap();
    assert!(won.earn(false, Timestamp::EPOCH).is_ok());
    let (_, event) = ledger.lose_dispute(&dispute(100), Timestamp::EPOCH).unwrap();
    assert_eq!(
        (event.kind(), ledger.voided_at, ledger.payout),
        ("payment_voided", Some(Timestamp::EPOCH), inr(0))
    );
}

#[test]
fn a_dispute_that_is_lost_after_the_payout_is_borne_as_a_claw_back_is() {
    let (mut ledger, _) = paid_out(1_000, 1500);
    ledger.open_dispute(&dispute(1_000), Timestamp::EPOCH).unwrap();
    let (entry, _) = ledger.lose_dispute(&dispute(1_000), Timestamp::EPOCH).unwrap();
    let expected = [("mentor_receivable", -850), ("dispute_hold", 1_000), ("platform_revenue", -150)];
    assert_eq!(lines_sorted(&entry), sorted(lines_of(expected)));
    assert_eq!((ledger.status, ledger.left()), (PayoutStatus::Released, Ok(inr(0))));
}

proptest! {
    #[test]
    fn nothing_is_lost_however_meetings_end(
        amount in 0i64..9_999_999_999, fee in 0u16..=10_000, items in 1u32..40, ends in prop::collection::vec(0u8..3, 40),
    ) {
        let mut ledger = ledger(amount, fee);
        let (mut earned, mut missed) = (0, 0);
        for end in ends.iter().take(items as usize) {
            match end {
                0 => earned += 1,
                1 => {
                    let back = ledger.share_of_one(missed, items).unwrap();
                    give_back(&mut ledger, back, RefundSource::Escrow).unwrap();
                    missed += 1;
                }
                _ => {}
            }
        }
        let kept = ledger.amount.portion(earned, items).unwrap().0;
        prop_assert!(ledger.net().unwrap() >= kept, "what was earned is still there");
        let back = ledger.unearned(earned, items).unwrap();
        give_back(&mut ledger, back, RefundSource::Escrow).unwrap();
        prop_assert_eq!(ledger.net().unwrap(), kept);
        prop_assert_eq!(ledger.refunded.plus(ledger.fee).unwrap().plus(ledger.payout).unwrap(), ledger.amount);
        prop_assert_eq!(ledger.fee, kept.split(ledger.fee_share).0);
        prop_assert_eq!(ledger.voided_at.is_some(), kept.minor() == 0);
    }
}

#[test]
fn a_dispute_is_about_something_and_about_no_more_than_is_left() {
    for amount in [0, 101] {
        let refused = ledger(100, 1500).open_dispute(&dispute(amount), Timestamp::EPOCH);
        assert_eq!(refused, Err(LedgerRefused::TooMuch(inr(100))), "{amount}");
    }
    for amount in [1, 100] {
        assert!(ledger(100, 1500).open_dispute(&dispute(amount), Timestamp::EPOCH).is_ok(), "{amount}");
    }
}

#[test]
fn shares_of_missed_meetings_add_up_to_all_of_them() {
    // A third of 100 each: 33, 33, 34.
    let ledger = ledger(100, 0);
    let shares = [0, 1, 2].map(|before| ledger.share_of_one(before, 3).unwrap().minor());
    assert_eq!(shares, [33, 33, 34]);
}

#[test]
fn an_operators_hold_and_a_dispute_each_keep_a_share_from_being_payable() {
    let mut held = ledger(100, 1500);
    held.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
    let mut disputed = held.clone();
    held.stop("a look".into(), Timestamp::EPOCH).unwrap();
    assert_eq!(held.earn(false, Timestamp::EPOCH), Err(LedgerRefused::Held));
    disputed.open_dispute(&dispute(1), Timestamp::EPOCH).unwrap();
    assert_eq!(disputed.earn(false, Timestamp::EPOCH), Err(LedgerRefused::Held));
}

#[test]
fn what_has_happened_is_told_of_the_payment_the_session_or_the_try() {
    let mut ledger = ledger(100, 1500);
    ledger.hold_until(Timestamp::EPOCH, Timestamp::EPOCH);
    let (_, ready) = ledger.earn(false, Timestamp::EPOCH).unwrap();
    let id = PayoutAttemptId::parse("a1").unwrap();
    let (mut attempt, _, started) = ledger.release(id, "bank".into(), None, Timestamp::EPOCH).unwrap();
    let (_, paid) = ledger.settle(&mut attempt, &self::paid(), Timestamp::EPOCH).unwrap().unwrap();
    let told = [ready, started, paid, ledger.freed()].map(|event| (event.kind(), event.subject()));
    let expected =
        [("payout_ready", "p"), ("payout_started", "a1"), ("payout_paid", "p"), ("payout_freed", "s")];
    assert_eq!(told, expected.map(|(kind, subject)| (kind, subject.to_owned())));
    let facts = [("mentor_id", "m".to_owned()), ("payment_id", "p".to_owned())];
    assert_eq!(ledger.freed().facts(), facts);
    assert_eq!(ledger.emptied(), Ok(None));
}

#[test]
fn a_try_is_counted_and_keeps_what_the_provider_said() {
    let mut ledger = payable(100, 1500);
    let mut attempt = start(&mut ledger, "a1");
    assert_eq!((attempt.number, ledger.attempts, attempt.status), (1, 1, AttemptStatus::Submitted));
    ledger.settle(&mut attempt, &paid(), Timestamp::EPOCH).unwrap();
    assert_eq!((attempt.status, attempt.reference.as_deref()), (AttemptStatus::Paid, Some("UTR 1")));
    assert_eq!(attempt.settled_at, Some(Timestamp::EPOCH));
    let returned = PayoutOutcome::Returned { reason: "closed".into() };
    ledger.settle(&mut attempt, &returned, Timestamp::EPOCH).unwrap();
    assert_eq!((attempt.status, attempt.failure.as_deref()), (AttemptStatus::Returned, Some("closed")));
}

#[test]
fn the_journal_is_caught_up_with_to_where_the_share_lies() {
    let kinds = |entries: &[JournalEntry]| entries.iter().map(|entry| entry.kind).collect::<Vec<_>>();
    let id = || PayoutAttemptId::parse("found").unwrap();
    let now = Timestamp::EPOCH.plus(hours(9));
    let catch_up = |ledger: &mut Ledger, refunds: &[Refund], known: Option<&PayoutAttempt>| {
        ledger.catch_up(refunds, known, id(), now).unwrap()
    };

    let (entries, made) = catch_up(&mut ledger(100, 1500), &[], None);
    assert_eq!((kinds(&entries), made), (vec![EntryKind::Capture], None));

    let mut refunded = ledger(100, 1500);
    let why = |source| (RefundCause::Operator, source);
    let refund = |id: &str, source| {
        let (id, payment) = (RefundId::parse(id).unwrap(), PaymentId::parse("p").unwrap());
        Refund::request(id, payment, "attempt".into(), inr(10), why(source), Timestamp::EPOCH).0
    };
    let (open, other) = (refund("r1", RefundSource::Escrow), refund("r2", RefundSource::Unapplied));
    let mut back = refund("r3", RefundSource::Escrow);
    back.submit(now);
    back.settle(&back.key(), &crate::RefundOutcome::Processed, now).unwrap();
    let (entries, _) = catch_up(&mut refunded, &[open, other, back], None);
    let expected = [
        EntryKind::Capture,
        EntryKind::RefundRequested,
        EntryKind::RefundRequested,
        EntryKind::RefundProcessed,
    ];
    assert_eq!(kinds(&entries), expected);

    let (entries, made) = catch_up(&mut payable(100, 1500), &[], None);
    assert_eq!((kinds(&entries), made), (vec![EntryKind::Capture, EntryKind::Earn], None));

    let mut processing = payable(100, 1500);
    let known = start(&mut processing, "a1");
    let (entries, made) = catch_up(&mut processing, &[], Some(&known));
    let sent = [EntryKind::Capture, EntryKind::Earn, EntryKind::PayoutStarted];
    assert_eq!((kinds(&entries), made), (sent.to_vec(), None));
    assert_eq!(entries[2].source, "a1");
    processing.attempts = 0;
    let (entries, made) = catch_up(&mut processing, &[], None);
    let made = made.unwrap();
    assert_eq!(
        (kinds(&entries), made.status, made.settled_at),
        (sent.to_vec(), AttemptStatus::Submitted, None)
    );
    assert_eq!((made.number, processing.attempts, made.adapter.as_str()), (1, 1, crate::BY_HAND));

    let (mut released, _) = paid_out(100, 1500);
    released.attempts = 0;
    let (entries, made) = catch_up(&mut released, &[], None);
    let made = made.unwrap();
    assert_eq!(kinds(&entries), [&sent[..], &[EntryKind::PayoutPaid]].concat());
    assert_eq!((made.status, made.settled_at), (AttemptStatus::Paid, Some(Timestamp::EPOCH)));
}

#[test]
fn a_share_in_escrow_says_for_what_it_waits() {
    let release = |ledger: &Ledger, now| {
        let id = PayoutAttemptId::parse("a").unwrap();
        ledger.clone().release(id, "bank".into(), None, now).map(|_| ()).unwrap_err()
    };
    let waits = |ledger: &Ledger| match release(ledger, Timestamp::EPOCH) {
        LedgerRefused::NotPayable(waits) => waits,
        other => panic!("{other}"),
    };
    let mut ledger = ledger(100, 1500);
    assert_eq!(waits(&ledger), WaitsFor::Session);
    let until = Timestamp::EPOCH.plus(hours(1));
    ledger.hold_until(until, Timestamp::EPOCH);
    assert_eq!(waits(&ledger), WaitsFor::Hold(until));
    assert_eq!(release(&ledger, until), LedgerRefused::NotPayable(WaitsFor::NoShow));
    let mut disputed = ledger.clone();
    disputed.open_dispute(&dispute(100), Timestamp::EPOCH).unwrap();
    assert_eq!(waits(&disputed), WaitsFor::Dispute);
    ledger.stop("a look".into(), Timestamp::EPOCH).unwrap();
    assert_eq!(waits(&ledger), WaitsFor::Operator("a look".into()));
    let (paid, _) = paid_out(100, 1500);
    assert_eq!(release(&paid, Timestamp::EPOCH), LedgerRefused::PaidOut);
}
