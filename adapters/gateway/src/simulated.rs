use std::path::Path;
use std::sync::Arc;

use application_billing::ports::ProviderDown;
use application_booking::ports::{BookingTx, GatewayDown, GatewaySimulator, OrderRequest, PaymentGateway};
use application_booking::{Call, ScriptStep};
use application_kernel::{Clock, NewJob, Store, StoreError, transact};
use async_trait::async_trait;
use domain_billing::{DisputeStep, FactKind, GatewayFact};
use domain_kernel::{Labelled, Timestamp};

use crate::books::{Books, BooksBroken};
use crate::lines::{Event, Line, Made, Step};
use crate::order::{NAME, OrderKey, fact};
use crate::script::{events, manners};
use crate::state::{Account, Position};
use crate::story::Habit;

/// A gateway without money, with books of its own that outlive our process. What happens to an order is told by a
/// script, or by its habit. What it gives back and pays is in `leaving.rs`.
pub struct SimulatedGateway {
    pub(crate) books: Arc<Books>,
    habit: Habit,
    clock: Arc<dyn Clock>,
    /// Where its messages go: it sends each as a job, when the time has come.
    post: Arc<dyn Store<BookingTx>>,
}

/// Why it does not answer.
pub(crate) struct Down(pub(crate) String);

impl From<BooksBroken> for Down {
    fn from(broken: BooksBroken) -> Self {
        Self(broken.to_string())
    }
}

impl From<Down> for GatewayDown {
    fn from(Down(reason): Down) -> Self {
        Self { reason }
    }
}

impl From<Down> for ProviderDown {
    fn from(Down(reason): Down) -> Self {
        Self { reason }
    }
}

/// It was told not to answer.
pub(crate) fn silent() -> Down {
    Down("it was told not to answer".to_owned())
}

impl SimulatedGateway {
    /// A gateway whose books are in that file, or in memory if there is none.
    pub fn new(
        books: Option<&Path>,
        habit: Habit,
        clock: Arc<dyn Clock>,
        post: Arc<dyn Store<BookingTx>>,
    ) -> Self {
        let books = Arc::new(books.map_or_else(Books::default, Books::in_file));
        Self { books, habit, clock, post }
    }

    /// The same gateway at another time: with the same books, and messages that go elsewhere. Orders that are made then wait
    /// until somebody says what happens to them.
    #[must_use]
    pub fn at(&self, clock: Arc<dyn Clock>, post: Arc<dyn Store<BookingTx>>) -> Self {
        Self { books: self.books.clone(), habit: Habit::Waits, clock, post }
    }

    /// What the gateway holds for us of an order now, and what it has paid out, by its own books.
    pub async fn position(&self, order: &str) -> Result<Position, GatewayDown> {
        let (order, now) = (order.to_owned(), self.now().micros());
        let look = move |state: &crate::state::State| {
            (vec![], state.orders.get(&order).map(|account| account.position(now)).unwrap_or_default())
        };
        Ok(self.books.open(look).await.map_err(Down::from)?)
    }

    /// How many calls about an order are still to go unanswered.
    pub async fn silences(&self, order: &str, call: Call) -> Result<u32, GatewayDown> {
        let order = order.to_owned();
        let look = move |state: &crate::state::State| {
            (vec![], state.orders.get(&order).map_or(0, |account| account.silences(call)))
        };
        Ok(self.books.open(look).await.map_err(Down::from)?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends messages. One that cannot be sent is lost, as it is at other gateways: whoever waits for it asks.
    pub(crate) async fn send(&self, messages: Vec<NewJob>) {
        if messages.is_empty() {
            return;
        }
        let sent: Result<(), StoreError> = transact(&*self.post, || {
            let messages = messages.clone();
            async move |tx: &mut BookingTx| tx.jobs().schedule_all(messages).await
        })
        .await;
        if let Err(error) = sent {
            tracing::warn!(%error, count = messages.len(), "the simulated gateway's messages are lost");
        }
    }
}

#[async_trait]
impl PaymentGateway for SimulatedGateway {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    async fn order(&self, request: OrderRequest) -> Result<String, GatewayDown> {
        let OrderRequest { payment, amount } = request;
        let (minor, currency) = (amount.minor(), amount.currency().code().to_owned());
        let order = OrderKey::written(payment.as_str(), minor, &currency);
        let key = OrderKey { payment: payment.to_string(), minor, currency };
        let (story, now, asked) = (self.habit.story(&order), self.now(), order.clone());
        let (answers, messages) = self
            .books
            .open(move |state| {
                let known = state.orders.get(&order);
                let mut account = known.cloned().unwrap_or_default();
                let mut lines = if known.is_none() { manners(&order, &story) } else { vec![] };
                for line in &lines {
                    account.add(line.clone());
                }
                let silence = account.silence(Call::Order);
                lines.extend(silence.map(|_| Line::Silent { order: order.clone(), call: Call::Order }));
                let mut messages = Vec::new();
                if account.made.is_none() && silence != Some(false) {
                    let OrderKey { payment, minor, currency } = key.clone();
                    let made = Made { payment, minor, currency, at: now.micros() };
                    lines.push(Line::Order { order: order.clone(), made });
                    let (happening, told) = events(&order, &key, &story, &account, now);
                    lines.extend(happening);
                    messages = told;
                }
                (lines, (silence.is_none(), messages))
            })
            .await
            .map_err(Down::from)?;
        self.send(messages).await;
        if answers { Ok(asked) } else { Err(silent().into()) }
    }

    async fn facts(&self, order: &str) -> Result<Vec<GatewayFact>, GatewayDown> {
        let (order, now) = (order.to_owned(), self.now().micros());
        let told = self
            .books
            .open(move |state| {
                let Some(account) = state.orders.get(&order) else { return (vec![], Some(vec![])) };
                if account.silence(Call::Facts).is_some() {
                    return (vec![Line::Silent { order, call: Call::Facts }], None);
                }
                (
                    vec![],
                    Some(
                        account
                            .happened(now)
                            .into_iter()
                            .filter_map(|event| as_fact(&order, event))
                            .collect(),
                    ),
                )
            })
            .await
            .map_err(Down::from)?;
        Ok(told.ok_or_else(silent)?)
    }
}

/// What the gateway answers of an event when it is asked. The answer's key is not the message's.
fn as_fact(order: &str, event: &Event) -> Option<GatewayFact> {
    let Event { attempt, kind, minor, currency, at: _ } = event.clone();
    let fact = fact(order, attempt, FactKind::from_label(&kind).ok()?, minor, currency);
    Some(GatewayFact { event: format!("asked:{}", fact.event), ..fact })
}

#[async_trait]
impl GatewaySimulator for SimulatedGateway {
    fn fact(
        &self,
        order: &str,
        attempt: &str,
        kind: FactKind,
        amount: Option<(i64, String)>,
    ) -> Option<GatewayFact> {
        let key = OrderKey::parse(order)?;
        let own = (key.minor, key.currency.clone());
        let amount = amount.unwrap_or_else(|| own.clone());
        // An attempt brings one amount; telling the same fact again is a repetition.
        let attempt = if amount == own {
            key.attempt(attempt)
        } else {
            key.attempt(&format!("{attempt}_{}_{}", amount.0, amount.1))
        };
        Some(fact(order, attempt, kind, amount.0, amount.1))
    }

    async fn keep(&self, fact: &GatewayFact) -> Result<(), GatewayDown> {
        let GatewayFact { order, attempt, kind, amount_minor: minor, currency, .. } = fact.clone();
        let at = self.now().micros();
        self.books
            .open(move |state| {
                let nothing = Account::default();
                let known = state.orders.get(&order).unwrap_or(&nothing);
                let came = known.knows(&attempt, FactKind::Captured.label());
                if known.knows(&attempt, kind.label()) || (kind == FactKind::Failed && came) {
                    return (vec![], ());
                }
                let made = OrderKey::parse(&order).filter(|_| known.made.is_none()).map(|key| {
                    let OrderKey { payment, minor, currency } = key;
                    Line::Order { order: order.clone(), made: Made { payment, minor, currency, at } }
                });
                let event = Event { attempt, kind: kind.label().to_owned(), minor, currency, at };
                (made.into_iter().chain([Line::Attempt { order, event }]).collect(), ())
            })
            .await
            .map_err(Down::from)?;
        Ok(())
    }

    async fn keep_dispute(
        &self,
        order: &str,
        key: &str,
        amount_minor: Option<i64>,
        step: Option<DisputeStep>,
    ) -> Result<(), GatewayDown> {
        let (order, key, at) = (order.to_owned(), key.to_owned(), self.now().micros());
        let step = match step {
            None => Step::Opened,
            Some(DisputeStep::Win) => Step::Won,
            Some(DisputeStep::Lose) => Step::Lost,
        };
        self.books
            .open(move |state| {
                let held = state.orders.get(&order).map(|account| account.position(at).held);
                let currency = OrderKey::parse(&order).map(|key| key.currency).unwrap_or_default();
                let left = held.and_then(|held| held.get(&currency).copied()).unwrap_or_default();
                let minor = amount_minor.unwrap_or(left);
                (vec![Line::Dispute { order, key, step, minor, at }], ())
            })
            .await
            .map_err(Down::from)?;
        Ok(())
    }

    async fn script(&self, order: &str, steps: &[ScriptStep]) -> Result<Option<usize>, GatewayDown> {
        let Some(key) = OrderKey::parse(order) else { return Ok(None) };
        let (order, steps, now) = (order.to_owned(), steps.to_vec(), self.now());
        let messages = self
            .books
            .open(move |state| {
                let Some(account) = state.orders.get(&order).filter(|account| account.made.is_some()) else {
                    return (vec![], None);
                };
                let (happening, messages) = events(&order, &key, &steps, account, now);
                (manners(&order, &steps).into_iter().chain(happening).collect(), Some(messages))
            })
            .await
            .map_err(Down::from)?;
        let Some(messages) = messages else { return Ok(None) };
        let count = messages.len();
        self.send(messages).await;
        Ok(Some(count))
    }
}
