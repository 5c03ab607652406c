use std::collections::{BTreeMap, VecDeque};

use application_booking::{Answer, Call};

use crate::lines::{Event, Leaving, Line, Made, Step};

/// All that the books say.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) orders: BTreeMap<String, Account>,
}

/// What they say of one order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Account {
    pub(crate) made: Option<Made>,
    silences: BTreeMap<Call, VecDeque<(u32, bool)>>,
    answers: BTreeMap<Call, VecDeque<(u32, Answer)>>,
    pub(crate) events: Vec<Event>,
    reversals: Vec<(String, i64)>,
    disputes: BTreeMap<String, Vec<(Step, i64, i64)>>,
    pub(crate) refunds: BTreeMap<String, (String, Leaving)>,
    pub(crate) payouts: BTreeMap<String, Leaving>,
}

/// What the gateway holds for us of one order, by currency in minor units, and what it paid out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Position {
    /// Captured, less what went back, was taken back or is withheld.
    pub held: BTreeMap<String, i64>,
    /// Paid to mentors.
    pub paid_out: BTreeMap<String, i64>,
}

impl State {
    /// Takes in a line.
    pub(crate) fn add(&mut self, line: Line) {
        self.orders.entry(line.order().to_owned()).or_default().add(line);
    }

    /// The order of that payment.
    pub(crate) fn order_of(&self, payment: &str) -> Option<&str> {
        let of = |account: &Account| account.made.as_ref().is_some_and(|made| made.payment == payment);
        self.orders.iter().find(|(_, account)| of(account)).map(|(order, _)| order.as_str())
    }
}

fn use_up<T>(queue: Option<&mut VecDeque<(u32, T)>>) {
    let Some(queue) = queue else { return };
    if let Some((times, _)) = queue.front_mut() {
        *times = times.saturating_sub(1);
    }
    while queue.front().is_some_and(|(times, _)| *times == 0) {
        queue.pop_front();
    }
}

impl Account {
    /// Takes in a line about it.
    pub(crate) fn add(&mut self, line: Line) {
        match line {
            Line::Order { order: _, made } => drop(self.made.get_or_insert(made)),
            Line::Silence { order: _, call, times, does } => {
                self.silences.entry(call).or_default().push_back((times, does));
            }
            Line::Silent { order: _, call } => use_up(self.silences.get_mut(&call)),
            Line::Answers { order: _, call, answer, times } => {
                self.answers.entry(call).or_default().push_back((times, answer));
            }
            Line::Attempt { order: _, event } => self.events.push(event),
            Line::Reversal { order: _, attempt, at } => self.reversals.push((attempt, at)),
            Line::Dispute { order: _, key, step, minor, at } => {
                self.disputes.entry(key).or_default().push((step, minor, at));
            }
            Line::Refund { order: _, key, attempt, leaving } => {
                if self.refunds.insert(key, (attempt, leaving)).is_none() {
                    use_up(self.answers.get_mut(&Call::Refund));
                }
            }
            Line::Payout { order: _, key, leaving } => {
                if self.payouts.insert(key, leaving).is_none() {
                    use_up(self.answers.get_mut(&Call::Payout));
                }
            }
        }
    }

    /// Whether this call is not answered, and if so whether what it asks for is done nevertheless.
    pub(crate) fn silence(&self, call: Call) -> Option<bool> {
        self.silences.get(&call)?.front().map(|(_, does)| *does)
    }

    /// How many such calls are not answered.
    pub(crate) fn silences(&self, call: Call) -> u32 {
        self.silences.get(&call).into_iter().flatten().map(|(times, _)| times).sum()
    }

    /// How the next refund or payout goes.
    pub(crate) fn answer(&self, call: Call) -> Answer {
        let next = self.answers.get(&call).and_then(|queue| queue.front());
        next.map_or(Answer::Done, |(_, answer)| *answer)
    }

    /// Whether that happened to the attempt, or is to.
    pub(crate) fn knows(&self, attempt: &str, kind: &str) -> bool {
        self.events.iter().any(|event| event.attempt == attempt && event.kind == kind)
    }

    /// Whether the attempt is to be reversed, or was.
    pub(crate) fn is_reversed(&self, attempt: &str) -> bool {
        self.reversals.iter().any(|(reversed, _)| reversed == attempt)
    }

    /// What happened until then, in order.
    pub(crate) fn happened(&self, now: i64) -> Vec<&Event> {
        let mut events: Vec<&Event> = self.events.iter().filter(|event| event.at <= now).collect();
        events.sort_by_key(|event| event.at);
        events
    }

    /// What is left of an attempt's money, if the books know that it brought some: less what was asked to go back.
    pub(crate) fn left_of(&self, attempt: &str, now: i64) -> Option<i64> {
        let captured = |event: &&Event| event.attempt == attempt && event.kind == CAPTURED && event.at <= now;
        let captured: i64 =
            self.events.iter().filter(captured).map(|event| event.minor).reduce(i64::saturating_add)?;
        let is_reversed = self.reversals.iter().any(|(reversed, at)| reversed == attempt && *at <= now);
        Some(if is_reversed { 0 } else { captured - self.asked_of(attempt, now) })
    }

    /// What was asked to go back of an attempt, and was not refused.
    fn asked_of(&self, attempt: &str, now: i64) -> i64 {
        let of = |(of, leaving): &&(String, Leaving)| {
            of == attempt && leaving.refused.is_none() && leaving.asked_at <= now
        };
        self.refunds.values().filter(of).map(|(_, leaving)| leaving.minor).sum()
    }

    /// What the gateway holds and has paid then.
    pub(crate) fn position(&self, now: i64) -> Position {
        let mut position = Position::default();
        let left = |leaving: &Leaving| leaving.refused.is_none() && leaving.at.is_some_and(|at| at <= now);
        for event in self.events.iter().filter(|event| event.kind == CAPTURED && event.at <= now) {
            *position.held.entry(event.currency.clone()).or_default() += event.minor;
        }
        for (attempt, at) in self.reversals.iter().filter(|(_, at)| *at <= now) {
            let brought =
                |event: &&Event| event.attempt == *attempt && event.kind == CAPTURED && event.at <= *at;
            for event in self.events.iter().filter(brought) {
                let taken = event.minor - self.asked_of(attempt, *at);
                *position.held.entry(event.currency.clone()).or_default() -= taken;
            }
        }
        for (_, leaving) in self.refunds.values().filter(|(_, leaving)| left(leaving)) {
            *position.held.entry(leaving.currency.clone()).or_default() -= leaving.minor;
        }
        if let Some(made) = &self.made {
            let held = position.held.entry(made.currency.clone()).or_default();
            for steps in self.disputes.values() {
                let known: Vec<_> = steps.iter().filter(|(_, _, at)| *at <= now).collect();
                if known.iter().any(|(step, _, _)| *step == Step::Won) {
                    continue;
                }
                let opened = known.iter().find(|(step, _, _)| *step == Step::Opened);
                *held -= opened.map_or(0, |(_, minor, _)| *minor);
            }
        }
        for leaving in self.payouts.values().filter(|leaving| left(leaving)) {
            *position.paid_out.entry(leaving.currency.clone()).or_default() += leaving.minor;
        }
        position.held.retain(|_, minor| *minor != 0);
        position
    }
}

/// As facts name it.
pub(crate) const CAPTURED: &str = "captured";
