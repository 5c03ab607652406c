//! The machines of session, payment and payout with the journal: whatever happens in whatever order, every law holds.

use domain_billing::{DisputeStep, FactKind, PaymentStatus, PayoutOutcome, PayoutStatus};
use domain_kernel::Lifecycle;
use domain_mentoring::SessionStatus;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::world::{Broken, Fault, World};

/// How many histories are tried, and how long each is.
const HISTORIES: u32 = 10_000;
const STEPS: usize = 60;

/// Something that somebody tries.
#[derive(Debug, Clone)]
enum Try {
    Approve,
    Reject,
    Expire,
    Cancel,
    Schedule,
    CompleteItem,
    StartPay,
    Tell(FactKind, u8),
    TellWrong,
    Refund(u8, bool),
    OperatorRefund(u16),
    ClawBack(u16),
    Release,
    Payout(u8, PayoutOutcome),
    OpenDispute(u16),
    EndDispute(DisputeStep),
}

fn share() -> impl Strategy<Value = u16> {
    prop_oneof![2 => Just(10_000u16), 3 => 1u16..10_000]
}

fn outcome() -> impl Strategy<Value = PayoutOutcome> {
    prop_oneof![
        3 => Just(PayoutOutcome::Paid { reference: "UTR".into() }),
        2 => Just(PayoutOutcome::Failed { reason: "closed".into() }),
        1 => Just(PayoutOutcome::Returned { reason: "no such account".into() }),
    ]
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = prop_oneof![
        2 => Just(Try::Approve),
        1 => Just(Try::Reject),
        1 => Just(Try::Expire),
        1 => Just(Try::Cancel),
        3 => Just(Try::Schedule),
        12 => Just(Try::CompleteItem),
        3 => Just(Try::StartPay),
        2 => (0u8..3).prop_map(|attempt| Try::Tell(FactKind::Authorised, attempt)),
        2 => (0u8..3).prop_map(|attempt| Try::Tell(FactKind::Failed, attempt)),
        6 => (0u8..3).prop_map(|attempt| Try::Tell(FactKind::Captured, attempt)),
        1 => Just(Try::TellWrong),
        6 => (any::<u8>(), prop::bool::weighted(0.7)).prop_map(|(n, yes)| Try::Refund(n, yes)),
        2 => share().prop_map(Try::OperatorRefund),
        2 => share().prop_map(Try::ClawBack),
        5 => Just(Try::Release),
        6 => (prop_oneof![4 => Just(0u8), 1 => 1u8..4], outcome()).prop_map(|(ago, told)| Try::Payout(ago, told)),
        2 => share().prop_map(Try::OpenDispute),
        2 => prop_oneof![Just(DisputeStep::Win), Just(DisputeStep::Lose)].prop_map(Try::EndDispute),
    ];
    prop::collection::vec(one, STEPS)
}

/// A plan, and what is tried. Most begin with a request that is approved and about to be paid.
fn histories() -> impl Strategy<Value = (i64, u16, u32, bool, Vec<Try>)> {
    let amount = prop::sample::select(vec![1i64, 2, 99, 100, 19_999, 249_900, 1_000_001, 9_999_999_999]);
    let fee = prop::sample::select(vec![0u16, 1, 1_000, 1_500, 9_999, 10_000]);
    let items = prop::sample::select(vec![1u32, 2, 3, 5, 20]);
    (amount, fee, items, prop::bool::weighted(0.7), tries())
}

fn attempt(world: &mut World, what: &Try, amount: i64) {
    // What the state does not permit is refused, and leaves everything as it was.
    let _ = match what {
        Try::Approve => world.approve(),
        Try::Reject => world.reject(),
        Try::Expire => world.expire(),
        Try::Cancel => world.cancel(),
        Try::Schedule => world.schedule(),
        Try::CompleteItem => world.complete_item(),
        Try::StartPay => world.start_pay(),
        Try::Tell(kind, attempt) => world.tell(*kind, &format!("g{attempt}"), amount),
        Try::TellWrong => world.tell(FactKind::Captured, "gx", if amount > 1 { amount - 1 } else { 2 }),
        Try::Refund(n, yes) => world.refund_answer((*n).into(), *yes),
        Try::OperatorRefund(share) => world.operator_refund(*share),
        Try::ClawBack(share) => world.claw_back(*share),
        Try::Release => world.release(),
        Try::Payout(ago, told) => world.payout_answer((*ago).into(), told),
        Try::OpenDispute(share) => world.open_dispute(*share),
        Try::EndDispute(step) => world.end_dispute(*step),
    };
}

fn edge<S: Lifecycle + PartialEq>(before: Option<S>, after: Option<S>) -> Result<(), Broken> {
    let is_edge = match (before, after) {
        (before, after) if before == after => true,
        (None, Some(after)) => S::INITIAL.contains(&after),
        (Some(before), Some(after)) => {
            S::TRANSITIONS.iter().any(|(from, _, to)| (*from, *to) == (before, after))
        }
        (_, None) => false,
    };
    if is_edge { Ok(()) } else { Err(("edges_are_lawful", format!("{before:?} to {after:?}"))) }
}

/// Plays a history; answers the law that breaks.
fn play(
    fault: Fault,
    (amount, fee, items, ready, tries): &(i64, u16, u32, bool, Vec<Try>),
) -> Result<World, Broken> {
    let mut world = World::new(fault, *amount, *fee, *items);
    if *ready {
        let _ = world.approve();
        let _ = world.start_pay();
    }
    for what in tries {
        let before = world.statuses();
        attempt(&mut world, what, *amount);
        let after = world.statuses();
        // What happens in one step may be two edges: money comes, and the session is planned.
        edge(Some(before.0), Some(after.0))?;
        edge(before.1, after.1)?;
        let steps = two_steps(before.2, after.2);
        steps?;
        world.broken()?;
    }
    Ok(world)
}

/// A share may be held, or paid back to be payable, and be payable again within one step.
fn two_steps(before: Option<PayoutStatus>, after: Option<PayoutStatus>) -> Result<(), Broken> {
    edge(before, after).or_else(|broken| {
        let through =
            |middle: &PayoutStatus| edge(before, Some(*middle)).is_ok() && edge(Some(*middle), after).is_ok();
        let held = [PayoutStatus::Pending];
        if held.iter().any(through) { Ok(()) } else { Err(broken) }
    })
}

/// The same histories in every run.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn every_law_of_money_holds_after_every_step_of_every_history() {
    let mut reached = std::collections::BTreeSet::new();
    let mut runner = runner(HISTORIES);
    for _ in 0..HISTORIES {
        let history = histories().new_tree(&mut runner).unwrap().current();
        match play(Fault::None, &history) {
            Ok(world) => drop(reached.insert(world.statuses())),
            Err((law, how)) => panic!("{law}: {how}, after {history:?}"),
        }
    }
    // A test that never gets far proves nothing.
    assert!(reached.len() > 25, "only {} states were reached: {reached:?}", reached.len());
    let paid = |status| {
        move |(_, _, payout): &(SessionStatus, Option<PaymentStatus>, Option<PayoutStatus>)| {
            *payout == Some(status)
        }
    };
    for status in
        [PayoutStatus::Pending, PayoutStatus::Ready, PayoutStatus::Processing, PayoutStatus::Released]
    {
        assert!(reached.iter().any(paid(status)), "{status} was never reached");
    }
}

/// Plays histories until a law breaks.
fn first_broken(fault: Fault) -> Option<&'static str> {
    let mut runner = runner(HISTORIES);
    (0..HISTORIES).find_map(|_| {
        let history = histories().new_tree(&mut runner).unwrap().current();
        play(fault, &history).err().map(|(law, _)| law)
    })
}

#[test]
fn each_seeded_fault_is_caught_by_the_law_that_it_breaks() {
    for (fault, laws) in [
        (Fault::CapturesCountTwice, &["refund_payable_agrees", "clearing_agrees"][..]),
        (Fault::HalfAnEntry, &["entries_balance"]),
        (Fault::RevenueTooEarly, &["status_and_account_agree"]),
        (Fault::EarnedIsForgotten, &["what_was_earned_is_kept"]),
        (Fault::StaleAnswersCount, &["paid_at_most_once"]),
        (Fault::RefundsArriveAtOnce, &["refund_payable_agrees"]),
        (Fault::UnappliedIsKept, &["unapplied_is_empty"]),
        (Fault::RefundTwice, &["never_overdrawn", "refund_payable_agrees"]),
        (Fault::PaidFromNowhere, &["status_and_account_agree"]),
        (Fault::LostDisputesCostNothing, &["disputes_agree"]),
        (Fault::ScheduledUnpaid, &["edges_are_lawful", "service_was_paid"]),
        (Fault::WrongEdge, &["edges_are_lawful"]),
    ] {
        let broken = first_broken(fault).unwrap_or("nothing");
        assert!(laws.contains(&broken), "{fault:?} breaks {broken}, not one of {laws:?}");
    }
}
