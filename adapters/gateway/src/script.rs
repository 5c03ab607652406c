//! What a script comes to: lines for the books, and messages.

use application_billing::{DisputeFact, DisputeTold, dispute_message};
use application_booking::{Call, Happens, Post, ScriptStep, fact_message};
use application_kernel::NewJob;
use domain_billing::{FactKind, GatewayFact};
use domain_kernel::{Labelled, Timestamp, minutes};

use crate::lines::{Event, Line};
use crate::order::{NAME, OrderKey, fact};
use crate::state::Account;

/// What a message says.
enum News {
    Fact(GatewayFact),
    Dispute(DisputeFact),
}

struct Message {
    news: News,
    sent_at: Timestamp,
    copies: u32,
}

impl Message {
    fn jobs(self) -> impl Iterator<Item = NewJob> {
        let Self { news, sent_at, copies } = self;
        (1..=i64::from(copies)).map(move |copy| match &news {
            News::Fact(fact) => fact_message(fact, copy, sent_at),
            News::Dispute(fact) => dispute_message(fact, copy, sent_at),
        })
    }
}

/// What the script says about calls and about money that leaves, whether the order was made or not.
pub(crate) fn manners(order: &str, steps: &[ScriptStep]) -> Vec<Line> {
    let line = |step: &ScriptStep| {
        let order = order.to_owned();
        match *step {
            ScriptStep::Silence { call, times, does } => Some(Line::Silence { order, call, times, does }),
            ScriptStep::Refunds { answer, times } => {
                Some(Line::Answers { order, call: Call::Refund, answer, times })
            }
            ScriptStep::Payouts { answer, times } => {
                Some(Line::Answers { order, call: Call::Payout, answer, times })
            }
            ScriptStep::Happens { .. } | ScriptStep::Reorder => None,
        }
    };
    steps.iter().filter_map(line).collect()
}

/// What happens to the order from `now` on, and the messages about it. What the books know of an attempt does not happen
/// again.
pub(crate) fn events(
    order: &str,
    key: &OrderKey,
    steps: &[ScriptStep],
    known: &Account,
    now: Timestamp,
) -> (Vec<Line>, Vec<NewJob>) {
    let mut known = known.clone();
    let (mut lines, mut messages, mut at) = (Vec::new(), Vec::new(), now);
    for step in steps {
        let ScriptStep::Happens { what, attempt, after_minutes, amount_minor, currency, post } = step else {
            continue;
        };
        at = at.plus(minutes((*after_minutes).into()));
        let attempt = key.attempt(attempt);
        let currency = currency.clone().unwrap_or_else(|| key.currency.clone());
        let amount = (amount_minor.unwrap_or(key.minor), currency);
        let Some((line, news)) = happening(order, *what, attempt, amount, at, &known) else { continue };
        known.add(line.clone());
        lines.push(line);
        let Post { delay_minutes, copies } = *post;
        messages.push(Message { news, sent_at: at.plus(minutes(delay_minutes.into())), copies });
    }
    messages.sort_by_key(|message| message.sent_at);
    if steps.contains(&ScriptStep::Reorder) {
        let times: Vec<Timestamp> = messages.iter().rev().map(|message| message.sent_at).collect();
        for (message, time) in messages.iter_mut().zip(times) {
            message.sent_at = time;
        }
        messages.reverse();
    }
    (lines, messages.into_iter().flat_map(Message::jobs).collect())
}

/// Nothing if that has happened to the attempt, or contradicts it: money that came does not fail, and only money that
/// came can be taken back.
fn happening(
    order: &str,
    what: Happens,
    attempt: String,
    (minor, currency): (i64, String),
    at: Timestamp,
    known: &Account,
) -> Option<(Line, News)> {
    let came = known.knows(&attempt, FactKind::Captured.label());
    let kind = match what {
        Happens::Authorised => FactKind::Authorised,
        Happens::Captured => FactKind::Captured,
        Happens::Failed => FactKind::Failed,
        Happens::Reversed => {
            if !came || known.is_reversed(&attempt) {
                return None;
            }
            let (gateway, key) = (NAME.to_owned(), format!("sim_rev_{attempt}"));
            let what = DisputeTold::Reversed(None);
            let news = DisputeFact { gateway, order: order.to_owned(), key, what };
            let line = Line::Reversal { order: order.to_owned(), attempt, at: at.micros() };
            return Some((line, News::Dispute(news)));
        }
    };
    if known.knows(&attempt, kind.label()) || (kind == FactKind::Failed && came) {
        return None;
    }
    let event = Event {
        attempt: attempt.clone(),
        kind: kind.label().to_owned(),
        minor,
        currency: currency.clone(),
        at: at.micros(),
    };
    let line = Line::Attempt { order: order.to_owned(), event };
    Some((line, News::Fact(fact(order, attempt, kind, minor, currency))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use application_booking::Answer;

    const ORDER: &str = "sim_p_100_INR";

    fn step(what: Happens, attempt: &str, after_minutes: u32, post: Post) -> ScriptStep {
        let (attempt, amount_minor, currency) = (attempt.into(), None, None);
        ScriptStep::Happens { what, attempt, after_minutes, amount_minor, currency, post }
    }

    /// What is sent: of which attempt, what, after how many minutes.
    fn sent(steps: &[ScriptStep]) -> Vec<(String, i64)> {
        let key = OrderKey::parse(ORDER).unwrap();
        let (_, jobs) = events(ORDER, &key, steps, &Account::default(), Timestamp::EPOCH);
        jobs.into_iter().map(|job| (job.subject, job.run_at.since(Timestamp::EPOCH).num_minutes())).collect()
    }

    fn named(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
        expected.iter().map(|(name, at)| (format!("simulated:sim_pay_p_{name}"), *at)).collect()
    }

    #[test]
    fn steps_follow_each_other_and_messages_follow_them() {
        let late = Post { delay_minutes: 72 * 60, copies: 1 };
        let steps = [
            step(Happens::Authorised, "1", 5, Post::PROMPT),
            step(Happens::Captured, "1", 10, late),
            step(Happens::Captured, "2", 0, Post::LOST),
        ];
        assert_eq!(sent(&steps), named(&[("1:authorised", 5), ("1:captured", 15 + 72 * 60)]));
    }

    #[test]
    fn a_message_can_be_sent_often_and_all_can_be_sent_in_the_opposite_order() {
        let twice = Post { delay_minutes: 0, copies: 2 };
        let steps = [
            ScriptStep::Reorder,
            step(Happens::Authorised, "1", 1, twice),
            step(Happens::Captured, "1", 1, Post::PROMPT),
        ];
        let expected = [("1:captured", 1), ("1:authorised", 2), ("1:authorised", 2)];
        assert_eq!(sent(&steps), named(&expected));
    }

    #[test]
    fn nothing_happens_to_an_attempt_twice_or_against_what_happened() {
        let steps = [
            step(Happens::Reversed, "1", 0, Post::PROMPT),
            step(Happens::Captured, "1", 0, Post::PROMPT),
            step(Happens::Captured, "1", 0, Post::PROMPT),
            step(Happens::Failed, "1", 0, Post::PROMPT),
            step(Happens::Reversed, "1", 0, Post::PROMPT),
            step(Happens::Reversed, "1", 0, Post::PROMPT),
        ];
        let told: Vec<String> = sent(&steps).into_iter().map(|(subject, _)| subject).collect();
        assert_eq!(told, ["simulated:sim_pay_p_1:captured", "simulated:sim_rev_sim_pay_p_1:opened"]);
    }

    #[test]
    fn what_concerns_calls_and_money_that_leaves_is_set_at_once() {
        let steps = [
            ScriptStep::Silence { call: Call::Order, times: 2, does: true },
            ScriptStep::Refunds { answer: Answer::Refused, times: 1 },
            step(Happens::Captured, "1", 0, Post::PROMPT),
        ];
        let mut account = Account::default();
        for line in manners(ORDER, &steps) {
            account.add(line);
        }
        assert_eq!(account.silence(Call::Order), Some(true));
        for _ in 0..2 {
            account.add(Line::Silent { order: ORDER.into(), call: Call::Order });
        }
        assert_eq!(account.silence(Call::Order), None);
        assert_eq!(account.answer(Call::Refund), Answer::Refused);
        assert_eq!(account.answer(Call::Payout), Answer::Done);
    }
}
