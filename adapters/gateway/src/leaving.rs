//! Money that leaves the simulated gateway: what goes back to students, and what mentors are paid.

use application_billing::ports::{PayoutOrder, PayoutProvider, ProviderDown, RefundGateway, RefundOrder};
use application_billing::{payout_message, refund_message};
use application_booking::{Answer, Call};
use application_kernel::NewJob;
use async_trait::async_trait;
use domain_billing::{PayoutOutcome, RefundOutcome};
use domain_kernel::{Money, Timestamp, minutes};

use crate::lines::{Leaving, Line};
use crate::order::NAME;
use crate::simulated::{Down, SimulatedGateway, silent};
use crate::state::Account;

/// What came of asking for money to leave: nothing if the gateway does not answer.
type Told = Option<Leaving>;

impl Leaving {
    fn asked(amount: Money, answer: Answer, now: Timestamp) -> Self {
        let (at, refused) = match answer {
            Answer::Done => (Some(now), None),
            Answer::Late(late) => (Some(now.plus(minutes(late.into()))), None),
            Answer::Never => (None, None),
            Answer::Refused => (None, Some("it was told to refuse".to_owned())),
        };
        Self {
            minor: amount.minor(),
            currency: amount.currency().code().to_owned(),
            asked_at: now.micros(),
            at: at.map(Timestamp::micros),
            refused,
        }
    }

    /// Whether it has left by then, or why it never does; nothing while that is open.
    fn outcome(&self, now: Timestamp) -> Option<Result<(), String>> {
        match (&self.refused, self.at) {
            (Some(reason), _) => Some(Err(reason.clone())),
            (None, Some(at)) if at <= now.micros() => Some(Ok(())),
            (None, _) => None,
        }
    }

    /// When that is told by itself: not of what is answered at once.
    fn told_at(&self) -> Option<Timestamp> {
        self.at.filter(|at| *at > self.asked_at).and_then(Timestamp::from_micros)
    }
}

/// What a call comes to: whether it is answered, what is known under the key, and the lines of what was not known.
fn ask(
    account: &Account,
    (order, call): (&str, Call),
    known: Option<&Leaving>,
    new: impl FnOnce(&Account) -> (Leaving, Line),
) -> (Vec<Line>, Told, Option<Leaving>) {
    let silence = account.silence(call);
    let mut lines: Vec<Line> =
        silence.iter().map(|_| Line::Silent { order: order.to_owned(), call }).collect();
    if silence == Some(false) {
        return (lines, None, None);
    }
    let (leaving, is_new) = if let Some(known) = known {
        (known.clone(), false)
    } else {
        let (leaving, line) = new(account);
        lines.push(line);
        (leaving, true)
    };
    let news = is_new.then(|| leaving.clone());
    (lines, silence.is_none().then_some(leaving), news)
}

#[async_trait]
impl RefundGateway for SimulatedGateway {
    async fn refund(&self, asked: RefundOrder) -> Result<Option<RefundOutcome>, ProviderDown> {
        let RefundOrder { key, order, attempt, amount } = asked;
        let (order, now, our_key) = (order.unwrap_or_default(), self.now(), key.clone());
        let (told, news) = self
            .books
            .open(move |state| {
                let nothing = Account::default();
                let account = state.orders.get(&order).unwrap_or(&nothing);
                let known = account.refunds.get(&key).map(|(_, leaving)| leaving);
                let new = |account: &Account| {
                    let mut leaving = Leaving::asked(amount, account.answer(Call::Refund), now);
                    // Of an attempt that is older than these books nobody knows what it brought.
                    let left = account.left_of(&attempt, now.micros());
                    if left.is_some_and(|left| left < amount.minor()) {
                        (leaving.at, leaving.refused) = (None, Some("that much is not left".to_owned()));
                    }
                    let (order, key, leaving_line) = (order.clone(), key.clone(), leaving.clone());
                    let attempt = attempt.clone();
                    (leaving, Line::Refund { order, key, attempt, leaving: leaving_line })
                };
                let (lines, told, news) = ask(account, (&order, Call::Refund), known, new);
                (lines, (told, news))
            })
            .await
            .map_err(Down::from)?;
        let messages = news.and_then(|news| news.told_at());
        let message = |at| refund_message(&our_key, &RefundOutcome::Processed, 1, at);
        self.send(messages.map(message).into_iter().collect()).await;
        let outcome = told.ok_or_else(silent)?.outcome(now);
        Ok(outcome.map(|outcome| match outcome {
            Ok(()) => RefundOutcome::Processed,
            Err(reason) => RefundOutcome::Failed { reason },
        }))
    }
}

#[async_trait]
impl PayoutProvider for SimulatedGateway {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    async fn pay(&self, asked: PayoutOrder) -> Result<Option<PayoutOutcome>, ProviderDown> {
        let PayoutOrder { key, payment, mentor: _, amount } = asked;
        let (now, our_key) = (self.now(), key.clone());
        let (told, news) = self
            .books
            .open(move |state| {
                let order = state.order_of(payment.as_str()).unwrap_or_default().to_owned();
                let nothing = Account::default();
                let account = state.orders.get(&order).unwrap_or(&nothing);
                let new = |account: &Account| {
                    let leaving = Leaving::asked(amount, account.answer(Call::Payout), now);
                    let (order, key) = (order.clone(), key.to_string());
                    (leaving.clone(), Line::Payout { order, key, leaving })
                };
                let known = account.payouts.get(key.as_str());
                let (lines, told, news) = ask(account, (&order, Call::Payout), known, new);
                (lines, (told, news))
            })
            .await
            .map_err(Down::from)?;
        let paid = PayoutOutcome::Paid { reference: format!("sim_payout_{our_key}") };
        let messages: Vec<NewJob> = news
            .and_then(|news| news.told_at())
            .map(|at| payout_message(&our_key, &paid, 1, at))
            .into_iter()
            .collect();
        self.send(messages).await;
        let outcome = told.ok_or_else(silent)?.outcome(now);
        Ok(outcome.map(|outcome| match outcome {
            Ok(()) => paid,
            Err(reason) => PayoutOutcome::Failed { reason },
        }))
    }

    fn is_told(&self) -> bool {
        false
    }
}
