use super::*;
use domain_kernel::Currency;

fn pending() -> Payment {
    let amount = Money::parse(249_900, Currency::parse("INR").unwrap()).unwrap();
    let (id, session) = (PaymentId::parse("p").unwrap(), SessionId::parse("s").unwrap());
    let (mut payment, _) = Payment::start(id, session, amount, "simulated".into(), now());
    payment.place("order".into(), now()).unwrap();
    payment
}

fn now() -> Timestamp {
    Timestamp::EPOCH
}

fn captured(attempt: &str) -> GatewayFact {
    GatewayFact {
        gateway: "simulated".into(),
        event: format!("event of {attempt}"),
        order: "order".into(),
        attempt: attempt.into(),
        kind: FactKind::Captured,
        amount_minor: 249_900,
        currency: "INR".into(),
    }
}

/// A payment that remembers what it was told, as the store does.
struct Remembering {
    payment: Payment,
    told: Vec<Told>,
}

impl Remembering {
    fn pending() -> Self {
        Self { payment: pending(), told: vec![] }
    }

    fn tell(&mut self, fact: &GatewayFact, waits: bool) -> (FactOutcome, usize) {
        let (outcome, events) = self.payment.record(fact, &self.told, waits, now());
        let GatewayFact { event, attempt, kind, .. } = fact.clone();
        self.told.push(Told { event, attempt, kind, outcome });
        (outcome, events.len())
    }
}

fn of(kind: FactKind, attempt: &str) -> GatewayFact {
    GatewayFact { kind, event: format!("{kind} of {attempt}"), ..captured(attempt) }
}

#[test]
fn a_capture_counts_once() {
    let mut told = Remembering::pending();
    assert_eq!(told.tell(&captured("a"), true), (FactOutcome::Applied, 0));
    let after = told.payment.clone();
    let renamed = GatewayFact { event: "another message".into(), ..captured("a") };
    assert_eq!(told.tell(&renamed, true), (FactOutcome::Ignored, 0));
    assert_eq!(told.payment, after);
}

#[test]
fn a_second_capture_leaves_the_payment_and_goes_back_once() {
    let mut told = Remembering::pending();
    told.tell(&captured("a"), true);
    let after = told.payment.clone();
    assert_eq!(told.tell(&captured("b"), true), (FactOutcome::Second, 1));
    let renamed = GatewayFact { event: "another message".into(), ..captured("b") };
    assert_eq!(told.tell(&renamed, true), (FactOutcome::Ignored, 0));
    assert_eq!(told.payment, after);
}

#[test]
fn a_capture_of_another_amount_currency_or_order_leaves_the_payment() {
    for wrong in [
        GatewayFact { amount_minor: 249_899, ..captured("a") },
        GatewayFact { currency: "USD".into(), ..captured("a") },
        GatewayFact { order: "other".into(), ..captured("a") },
    ] {
        let mut told = Remembering::pending();
        assert_eq!(told.tell(&wrong, true), (FactOutcome::Mismatch, 1));
        assert_eq!(told.payment, pending());
    }
}

#[test]
fn an_amount_or_a_currency_that_cannot_be_held_is_told_and_left_to_operators() {
    for wrong in [
        GatewayFact { amount_minor: 0, ..captured("a") },
        GatewayFact { amount_minor: -1, ..captured("a") },
        GatewayFact { amount_minor: i64::MAX, ..captured("a") },
        GatewayFact { currency: "JPY".into(), ..captured("a") },
        GatewayFact { currency: "rupees".into(), ..captured("a") },
    ] {
        assert_eq!(Remembering::pending().tell(&wrong, true), (FactOutcome::Unreadable, 1));
    }
}

#[test]
fn money_that_goes_back_is_told_with_its_attempt_and_amount() {
    let wrong = GatewayFact { amount_minor: 1, ..captured("a") };
    let (_, events) = pending().record(&wrong, &[], true, now());
    let facts = events[0].facts();
    for fact in [("outcome", "mismatch"), ("attempt", "a"), ("amount_minor", "1"), ("currency", "INR")] {
        assert!(facts.contains(&(fact.0, fact.1.to_owned())), "{facts:?}");
    }
}

#[test]
fn a_capture_without_a_waiting_session_is_late() {
    let mut told = Remembering::pending();
    assert_eq!(told.tell(&captured("a"), false), (FactOutcome::Late, 1));
    assert_eq!(told.payment.status, PaymentStatus::Success);
}

#[test]
fn a_failure_after_success_is_ignored_and_a_capture_after_failure_counts() {
    let mut told = Remembering::pending();
    assert_eq!(told.tell(&of(FactKind::Failed, "a"), true), (FactOutcome::Applied, 1));
    assert_eq!(told.tell(&captured("b"), true), (FactOutcome::Applied, 0));
    assert_eq!(told.tell(&of(FactKind::Failed, "c"), true), (FactOutcome::Ignored, 0));
    assert_eq!(told.payment.status, PaymentStatus::Success);
}

#[test]
fn what_comes_late_of_an_older_attempt_leaves_the_one_under_way() {
    let mut told = Remembering::pending();
    told.tell(&of(FactKind::Failed, "old"), true);
    told.payment.retry(now()).unwrap();
    let again = GatewayFact { event: "told again".into(), ..of(FactKind::Failed, "old") };
    assert_eq!(told.tell(&again, true), (FactOutcome::Ignored, 0));
    assert_eq!(told.tell(&of(FactKind::Authorised, "old"), true), (FactOutcome::Ignored, 0));
    assert_eq!(told.payment.status, PaymentStatus::Pending);
    assert_eq!(told.tell(&of(FactKind::Authorised, "new"), true), (FactOutcome::Applied, 0));
    assert_eq!(told.tell(&of(FactKind::Failed, "unheard of"), true), (FactOutcome::Ignored, 0));
    assert_eq!(told.payment.status, PaymentStatus::Processing);
    assert_eq!(told.tell(&of(FactKind::Failed, "new"), true), (FactOutcome::Applied, 1));
}

#[test]
fn a_retry_reopens_a_failed_payment_only() {
    let mut told = Remembering::pending();
    assert_eq!(told.payment.retry(now()), Ok(()));
    told.tell(&of(FactKind::Failed, "a"), true);
    assert_eq!(told.payment.retry(now()), Ok(()));
    assert_eq!(told.payment.status, PaymentStatus::Pending);
    told.tell(&captured("b"), true);
    assert!(matches!(told.payment.retry(now()), Err(PaymentRefused::Illegal(_))));
}

#[test]
fn an_order_is_placed_once() {
    let mut payment = pending();
    let before = payment.clone();
    assert_eq!(payment.place("order".into(), now()), Ok(()));
    assert_eq!(payment, before, "the same order again changes nothing");
    assert_eq!(payment.place("other".into(), now()), Err(PaymentRefused::OtherOrder));
    assert_eq!(payment, before);
}

#[test]
fn only_an_attempt_that_was_let_in_is_under_way() {
    let mut told = Remembering::pending();
    told.tell(&of(FactKind::Authorised, "a"), true);
    // What was said of another attempt, and ignored, puts none under way.
    told.told.push(Told {
        event: "ignored".into(),
        attempt: "b".into(),
        kind: FactKind::Authorised,
        outcome: FactOutcome::Ignored,
    });
    told.told.push(Told {
        event: "another".into(),
        attempt: "c".into(),
        kind: FactKind::Captured,
        outcome: FactOutcome::Applied,
    });
    assert_eq!(told.tell(&of(FactKind::Failed, "a"), true), (FactOutcome::Applied, 1));
}

#[test]
fn what_went_back_shows_when_it_is_all() {
    let mut told = Remembering::pending();
    told.payment.gave_back(true, now());
    assert_eq!(told.payment.status, PaymentStatus::Pending, "nothing had come");
    told.tell(&captured("a"), true);
    told.payment.gave_back(false, now());
    assert_eq!(told.payment.status, PaymentStatus::Success);
    told.payment.gave_back(true, now());
    assert_eq!(told.payment.status, PaymentStatus::Refunded);
}

#[test]
fn events_name_what_happened_and_to_which_payment() {
    let id = PaymentId::parse("p").unwrap();
    let unapplied = PaymentEvent::Unapplied {
        payment: id.clone(),
        outcome: FactOutcome::Late,
        attempt: "a".into(),
        amount_minor: 1,
        currency: "INR".into(),
    };
    let events = [PaymentEvent::Started(id.clone()), PaymentEvent::Failed(id), unapplied];
    assert_eq!(
        events.clone().map(|event| event.kind()),
        ["payment_started", "payment_failed", "payment_unapplied"]
    );
    assert!(events.iter().all(|event| event.subject() == "p"));
}
