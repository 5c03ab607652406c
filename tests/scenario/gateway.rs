//! Whatever a gateway does with an order, the session and the books end where they should.

use adapter_gateway::Habit;
use application_booking::{Answer, Call, Happens, Post, ScriptStep};
use application_kernel::{PageRequest, PageSize};
use application_operations::AuditFilter;
use domain_kernel::{hours, minutes};
use domain_mentoring::SessionStatus;

use crate::both_stores;
use crate::support::gateway::{AtGateway, happens, of};
use crate::support::stores::Stores;

both_stores! {
    money_that_is_authorised_and_captured_pays,
    an_attempt_that_fails_leaves_the_next_one_open,
    a_gateway_that_answers_nothing_is_asked_for_the_order_again,
    an_order_that_was_made_without_an_answer_is_found_under_its_key,
    messages_that_come_often_and_in_the_wrong_order_count_once,
    a_message_that_is_72_hours_late_says_nothing_new_if_the_gateway_could_be_asked,
    money_of_which_we_hear_when_nobody_waits_for_it_any_more_goes_back,
    a_wrong_amount_a_wrong_currency_and_a_second_capture_go_back,
    money_that_is_taken_back_ends_the_session,
    money_that_is_taken_back_after_the_payout_is_the_mentors_debt,
    what_no_message_told_is_found_by_asking_after_1_5_and_15_minutes_and_every_hour,
    an_order_of_which_nothing_was_heard_is_asked_after_until_72_hours_after_the_last_moment,
    a_consent_that_comes_to_nothing_for_72_hours_is_told_to_operators,
    a_gateway_that_never_answers_is_told_to_operators,
    an_order_that_nobody_paid_troubles_nobody,
    a_second_capture_of_which_nobody_told_is_found_in_the_end,
    a_question_after_the_answer_changes_nothing,
}

const ATTEMPT: [Happens; 2] = [Happens::Authorised, Happens::Captured];

fn silence(call: Call, times: u32, does: bool) -> ScriptStep {
    ScriptStep::Silence { call, times, does }
}

/// How often the audit has that of the payment.
async fn audited(at: &AtGateway, action: &str) -> usize {
    let filter = AuditFilter {
        subject: Some(at.payment.to_string()),
        action: Some(action.to_owned()),
        ..AuditFilter::default()
    };
    let page = PageRequest { size: PageSize::parse(100).unwrap(), after: None };
    at.cast.booked.world.stores.staff.audit(&filter, &page).await.unwrap().items.len()
}

/// How many payments wait for a gateway's answer for too long.
async fn unanswered(at: &AtGateway) -> f64 {
    let world = &at.cast.booked.world;
    let measures = world.stores.measures.measure(world.now()).await.unwrap();
    measures.iter().filter(|measure| measure.name == "payments_unanswered").map(|measure| measure.value).sum()
}

async fn money_that_is_authorised_and_captured_pays(stores: Stores) {
    let at = AtGateway::over(stores).await;
    at.script(&[happens(Happens::Authorised)]).await;
    assert_eq!(at.paid().await, "PROCESSING");
    at.script(&[happens(Happens::Captured)]).await;
    assert_eq!(at.paid().await, "SUCCESS");
    assert_eq!(at.cast.booked.status(&at.session).await, SessionStatus::Scheduled);
    assert_eq!(at.held().await, 249_900);
    at.check().await;
}

async fn an_attempt_that_fails_leaves_the_next_one_open(stores: Stores) {
    let at = AtGateway::over(stores).await;
    at.script(&[happens(Happens::Authorised), happens(Happens::Failed)]).await;
    assert_eq!(at.paid().await, "FAILED");
    at.check().await;
    assert_eq!(at.cast.booked.start_payment(&at.session).await.status, "PENDING");
    at.script(&ATTEMPT.map(|what| of("2", what, Post::PROMPT))).await;
    assert_eq!(at.paid().await, "SUCCESS");
    at.check().await;
}

async fn a_gateway_that_answers_nothing_is_asked_for_the_order_again(stores: Stores) {
    let at = AtGateway::by(stores, Habit::Always(vec![silence(Call::Order, 2, false)])).await;
    assert_eq!(at.order().await, None, "the student is told that it is still to come");
    at.pass(minutes(2)).await;
    assert_eq!(at.order().await, None);
    at.pass(minutes(2)).await;
    at.script(&ATTEMPT.map(happens)).await;
    assert_eq!(at.paid().await, "SUCCESS");
    at.check().await;
}

async fn an_order_that_was_made_without_an_answer_is_found_under_its_key(stores: Stores) {
    let story = vec![silence(Call::Order, 2, true), happens(Happens::Captured)];
    let at = AtGateway::by(stores, Habit::Always(story)).await;
    assert_eq!(at.order().await, None);
    for _ in 0..5 {
        at.pass(minutes(1)).await;
    }
    assert_eq!(at.paid().await, "SUCCESS", "what was told before we knew the order was told again");
    assert_eq!(at.held().await, 249_900, "one order");
    at.check().await;
}

async fn messages_that_come_often_and_in_the_wrong_order_count_once(stores: Stores) {
    let at = AtGateway::over(stores).await;
    let post = Post { delay_minutes: 0, copies: 3 };
    let mut steps = ATTEMPT.map(|what| of("1", what, post)).to_vec();
    if let ScriptStep::Happens { after_minutes, .. } = &mut steps[1] {
        *after_minutes = 2;
    }
    steps.push(ScriptStep::Reorder);
    at.script(&steps).await;
    assert_eq!(at.paid().await, "SUCCESS", "the capture came first");
    at.pass(minutes(3)).await;
    assert_eq!(at.paid().await, "SUCCESS");
    assert_eq!(audited(&at, "payment.fact").await, 2, "each counted once, the consent as nothing new");
    at.check().await;
}

async fn a_message_that_is_72_hours_late_says_nothing_new_if_the_gateway_could_be_asked(stores: Stores) {
    let at = AtGateway::over(stores).await;
    let late = Post { delay_minutes: 72 * 60, copies: 1 };
    at.script(&ATTEMPT.map(|what| of("1", what, late))).await;
    assert_eq!(at.paid().await, "PENDING");
    at.pass(minutes(15)).await;
    assert_eq!(at.paid().await, "SUCCESS", "asking found it");
    at.pass(hours(72)).await;
    assert_eq!(at.paid().await, "SUCCESS");
    assert_eq!(at.cast.refunds(&at.payment).await, [], "the late message was no second capture");
    at.check().await;
}

async fn money_of_which_we_hear_when_nobody_waits_for_it_any_more_goes_back(stores: Stores) {
    let at = AtGateway::over(stores).await;
    let late = Post { delay_minutes: 72 * 60, copies: 1 };
    at.script(&[silence(Call::Facts, 100, false), of("1", Happens::Captured, late)]).await;
    at.pass(hours(25)).await;
    assert_eq!(at.cast.booked.status(&at.session).await, SessionStatus::Cancelled, "nobody paid in time");
    at.pass(hours(47)).await;
    assert_eq!(at.paid().await, "REFUNDED");
    assert_eq!(at.cast.refunds(&at.payment).await[0].cause, "late");
    assert_eq!(at.held().await, 0);
    at.check().await;
}

async fn a_wrong_amount_a_wrong_currency_and_a_second_capture_go_back(stores: Stores) {
    let at = AtGateway::over(stores).await;
    let wrong = |attempt: &str, minor, currency: &str| ScriptStep::Happens {
        what: Happens::Captured,
        attempt: attempt.into(),
        after_minutes: 0,
        amount_minor: Some(minor),
        currency: Some(currency.into()),
        post: Post::PROMPT,
    };
    at.script(&[wrong("1", 99, "INR"), wrong("2", 249_900, "USD")]).await;
    assert_eq!(at.paid().await, "PENDING", "that pays for nothing");
    at.check().await;
    at.script(&["3", "4"].map(|attempt| of(attempt, Happens::Captured, Post::PROMPT))).await;
    assert_eq!(at.paid().await, "SUCCESS");
    let mut causes: Vec<String> =
        at.cast.refunds(&at.payment).await.into_iter().map(|refund| refund.cause).collect();
    causes.sort();
    assert_eq!(causes, ["mismatch", "mismatch", "second"]);
    assert_eq!(at.held().await, 249_900, "what pays for the session stays");
    at.check().await;
}

async fn money_that_is_taken_back_ends_the_session(stores: Stores) {
    let at = AtGateway::scheduled(stores).await;
    let twice = Post { delay_minutes: 30, copies: 2 };
    at.script(&[of("1", Happens::Reversed, twice)]).await;
    assert_eq!((at.paid().await.as_str(), at.held().await), ("SUCCESS", 0), "not told yet");
    at.pass(minutes(30)).await;
    assert_eq!(at.paid().await, "REFUNDED");
    assert_eq!(at.cast.booked.status(&at.session).await, SessionStatus::Cancelled);
    assert_eq!(at.cast.refunds(&at.payment).await, [], "there is nothing to give back");
    at.check().await;
}

async fn money_that_is_taken_back_after_the_payout_is_the_mentors_debt(stores: Stores) {
    let at = AtGateway::payable(stores).await;
    at.cast.release(&at.payment).await.unwrap();
    at.cast.work().await;
    assert_eq!(at.cast.payout(&at.payment).await.status, "RELEASED");
    at.script(&[happens(Happens::Reversed)]).await;
    let mentor = format!("mentor_receivable:INR:{}", at.cast.booked.mentor.id);
    assert_eq!(at.cast.balance(&mentor).await, 212_415);
    assert_eq!(at.paid().await, "REFUNDED");
    at.check().await;
}

async fn what_no_message_told_is_found_by_asking_after_1_5_and_15_minutes_and_every_hour(stores: Stores) {
    let at = AtGateway::over(stores).await;
    at.script(&[happens(Happens::Authorised)]).await;
    // What happens is lost, and the first questions are not answered.
    at.script(&[silence(Call::Facts, 4, false), of("1", Happens::Captured, Post::LOST)]).await;
    let mut asked = Vec::new();
    for minute in 1..=130 {
        let before = at.silences().await;
        at.pass(minutes(1)).await;
        if at.silences().await < before {
            asked.push(minute);
        }
        if at.paid().await == "SUCCESS" {
            asked.push(minute);
            break;
        }
    }
    assert_eq!(asked, [1, 5, 15, 60, 120]);
    at.check().await;
}

async fn an_order_of_which_nothing_was_heard_is_asked_after_until_72_hours_after_the_last_moment(
    stores: Stores,
) {
    let at = AtGateway::over(stores).await;
    at.pass_hours(26).await;
    assert_eq!(at.cast.booked.status(&at.session).await, SessionStatus::Cancelled, "nobody paid");
    at.pass_hours(60).await;
    at.script(&ATTEMPT.map(|what| of("1", what, Post::LOST))).await;
    assert_eq!(at.paid().await, "PENDING");
    at.pass_hours(1).await;
    assert_eq!(at.paid().await, "REFUNDED", "found, and given back");
    at.check().await;
}

async fn a_consent_that_comes_to_nothing_for_72_hours_is_told_to_operators(stores: Stores) {
    let at = AtGateway::over(stores).await;
    at.script(&[happens(Happens::Authorised)]).await;
    at.pass_hours(71).await;
    assert_eq!((audited(&at, "payment.unanswered").await, unanswered(&at).await), (0, 0.0));
    at.pass_hours(10).await;
    assert_eq!((audited(&at, "payment.unanswered").await, unanswered(&at).await), (1, 1.0));
    assert_eq!(at.paid().await, "PROCESSING");
    at.check().await;
    at.script(&[happens(Happens::Captured)]).await;
    assert_eq!((at.paid().await.as_str(), unanswered(&at).await), ("REFUNDED", 0.0), "it is over");
    at.check().await;
}

async fn a_gateway_that_never_answers_is_told_to_operators(stores: Stores) {
    let at = AtGateway::over(stores).await;
    at.script(&[silence(Call::Facts, 500, false)]).await;
    at.pass_hours(100).await;
    assert_eq!(audited(&at, "payment.unanswered").await, 1);
    at.check().await;
}

async fn an_order_that_nobody_paid_troubles_nobody(stores: Stores) {
    let at = AtGateway::over(stores).await;
    at.pass_hours(120).await;
    assert_eq!((audited(&at, "payment.unanswered").await, unanswered(&at).await), (0, 0.0));
    let world = &at.cast.booked.world;
    let depth = world.stores.jobs.depth(world.now().plus(hours(1_000))).await.unwrap();
    assert_eq!((depth.due, depth.dead), (0, 0), "nobody asks any more");
    at.check().await;
}

async fn a_second_capture_of_which_nobody_told_is_found_in_the_end(stores: Stores) {
    let at = AtGateway::scheduled(stores).await;
    at.script(&[of("2", Happens::Captured, Post::LOST)]).await;
    at.pass_hours(71).await;
    assert_eq!(at.held().await, 2 * 249_900);
    at.pass_hours(1).await;
    assert_eq!(at.cast.refunds(&at.payment).await[0].cause, "second");
    assert_eq!((at.paid().await.as_str(), at.held().await), ("SUCCESS", 249_900));
    at.check().await;
}

async fn a_question_after_the_answer_changes_nothing(stores: Stores) {
    let at = AtGateway::scheduled(stores).await;
    at.cast.booked.world.booking.reconcile(&at.payment).await.unwrap();
    at.pass_hours(3).await;
    assert_eq!(audited(&at, "payment.fact").await, 2);
    at.script(&[ScriptStep::Refunds { answer: Answer::Done, times: 1 }]).await;
    at.cast.booked.cancel(&at.cast.booked.mentor, &at.session).await.unwrap();
    at.cast.work().await;
    at.cast.booked.world.booking.reconcile(&at.payment).await.unwrap();
    assert_eq!(at.paid().await, "REFUNDED");
    at.check().await;
}
