//! Many at once move money on PostgreSQL, while others read the books: the total never moves, and every law holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use application_billing::{
    AskClawBack, DecideApproval, DisputeFact, DisputeTold, RecordPayout, RefundPayment, ReleasePayout,
};
use application_booking::ports::GatewaySimulator;
use application_booking::{ApproveSession, CancelSession, CompleteMeeting, RequestSession, StartPayment};
use application_kernel::AdjustableClock;
use application_kernel::{CurrentUser, Kind, MeansCode, PageRequest, PageSize};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use domain_billing::{ApprovalKind, ApprovalStatus, DisputeStep, FactKind, PayoutOutcome};
use domain_catalog::Verification;
use domain_kernel::{
    ApprovalId, Labelled, PaymentId, PayoutAttemptId, Role, SessionId, days, hours, minutes,
};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::support::bank::Says;
use crate::support::money::Cast;
use crate::support::people::mentor;
use crate::support::stores::Stores;
use crate::support::world::ticket;

const CLIENTS: u8 = 20;
const STEPS: usize = 60;

/// What the accounts hold in all, on both sides, as one reader sees it.
#[derive(diesel::QueryableByName, Debug, PartialEq, Eq)]
struct Total {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    balances: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    lines: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    apart: i64,
}

const TOTAL: &str = "
    SELECT coalesce(sum(a.balance), 0)::bigint AS balances, coalesce(sum(l.amount), 0)::bigint AS lines,
           count(*) FILTER (WHERE a.balance <> coalesce(l.amount, 0)) AS apart
    FROM ledger_accounts a
    LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM journal_lines GROUP BY 1) l ON l.account_id = a.id";

async fn total(conn: &mut AsyncPgConnection) -> Total {
    use diesel_async::RunQueryDsl;
    diesel::sql_query(TOTAL).get_result(conn).await.unwrap()
}

/// One client: a student, a mentor, and what they do at random.
struct Client {
    cast: Arc<Cast>,
    student: CurrentUser,
    mentor: CurrentUser,
    rng: TestRng,
    session: Option<SessionId>,
    /// Every payment so far, with its order.
    payments: Vec<(PaymentId, String)>,
    done: Arc<AtomicU32>,
}

/// A refusal is an answer; a failure of ours is none.
fn sound<V>(outcome: Result<V, impl MeansCode + std::fmt::Debug>) -> Option<V> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) => {
            let kind = error.code().kind;
            assert!(!matches!(kind, Kind::Internal), "{error:?}");
            None
        }
    }
}

impl Client {
    fn roll(&mut self, sides: u32) -> u32 {
        self.rng.next_u32() % sides
    }

    async fn step(&mut self) {
        let did = match self.roll(16) {
            0..=1 => self.request().await,
            2 => self.approve().await,
            3 => self.start().await,
            4..=5 => self.tell_any().await,
            6..=7 => self.complete().await,
            8 => self.cancel().await,
            9..=10 => self.refund().await,
            11 => self.release().await,
            12 => self.payout_fact().await,
            13 => self.claw_back().await,
            14 => self.dispute().await,
            _ => self.pass().await,
        };
        self.done.fetch_add(u32::from(did.is_some()), Ordering::Relaxed);
    }

    async fn request(&mut self) -> Option<()> {
        let world = &self.cast.booked.world;
        let mut asked = RequestSession {
            ticket: ticket(&self.student),
            mentor: self.mentor.id.clone(),
            ..self.cast.booked.asked()
        };
        while asked.first_date < world.now().plus(days(3)).naive().date() {
            asked.first_date += days(7);
        }
        let view = sound(world.booking.request(asked).await)?.into_new()?;
        self.session = SessionId::parse(view.id).ok();
        self.approve().await
    }

    async fn approve(&mut self) -> Option<()> {
        let command = ApproveSession { ticket: ticket(&self.mentor), session: self.session.clone()? };
        sound(self.cast.booked.world.booking.approve(command).await)?;
        self.start().await
    }

    async fn start(&mut self) -> Option<()> {
        let command = StartPayment { ticket: ticket(&self.student), session: self.session.clone()? };
        let payment = sound(self.cast.booked.world.booking.start_payment(command).await)?.into_new()?;
        let known = (PaymentId::parse(payment.id).ok()?, payment.order?);
        if !self.payments.contains(&known) {
            self.payments.push(known);
        }
        self.tell_last().await
    }

    /// One of the payments, more often a late one.
    fn any(&mut self) -> Option<(PaymentId, String)> {
        let back = self.roll(3) as usize;
        let place = self.payments.len().checked_sub(1)?.saturating_sub(back);
        self.payments.get(place).cloned()
    }

    async fn tell_last(&mut self) -> Option<()> {
        let order = self.payments.last()?.1.clone();
        self.tell(&order).await
    }

    async fn tell_any(&mut self) -> Option<()> {
        let order = self.any()?.1;
        self.tell(&order).await
    }

    async fn tell(&mut self, order: &str) -> Option<()> {
        let kinds = [FactKind::Captured, FactKind::Captured, FactKind::Authorised, FactKind::Failed];
        let (kind, attempt) = (kinds[self.roll(4) as usize], self.roll(3).to_string());
        let wrong = (self.roll(8) == 0).then(|| (99, "INR".to_owned()));
        let world = &self.cast.booked.world;
        let fact = world.gateway.fact(order, &attempt, kind, wrong)?;
        sound(world.booking.record_gateway_fact(&fact).await).map(|_| ())
    }

    /// Whatever meetings can be completed by now.
    async fn complete(&mut self) -> Option<()> {
        let mut did = None;
        for item in 1..=8 {
            let command =
                CompleteMeeting { ticket: ticket(&self.mentor), session: self.session.clone()?, item };
            did = sound(self.cast.booked.world.booking.complete_meeting(command).await).map(|_| ()).or(did);
        }
        did
    }

    async fn cancel(&mut self) -> Option<()> {
        let by = if self.roll(2) == 0 { &self.student } else { &self.mentor };
        let command = CancelSession { ticket: ticket(by), session: self.session.clone()?, reason: None };
        sound(self.cast.booked.world.booking.cancel(command).await).map(|_| ())
    }

    async fn refund(&mut self) -> Option<()> {
        let (payment, reason) = (self.any()?.0, "x".to_owned());
        let amount_minor = (self.roll(8) > 0).then(|| i64::from(self.roll(30_000)));
        let command = RefundPayment { ticket: ticket(&self.cast.ops), payment, amount_minor, reason };
        sound(self.cast.booked.world.billing.refund(command).await).map(|_| ())
    }

    async fn release(&mut self) -> Option<()> {
        let payment = self.any()?.0;
        let command = ReleasePayout { ticket: ticket(&self.cast.ops), payment };
        sound(self.cast.booked.world.billing.release(command).await).map(|_| ())
    }

    async fn payout_fact(&mut self) -> Option<()> {
        let (roll, payment) = (self.roll(3), self.any()?.0);
        let world = &self.cast.booked.world;
        let view = world.stores.books.payout(&payment, world.now()).await.unwrap()?;
        let attempt = PayoutAttemptId::parse(view.last_attempt?.id).ok()?;
        let outcome = match roll {
            0 => PayoutOutcome::Paid { reference: "UTR".into() },
            1 => PayoutOutcome::Failed { reason: "closed".into() },
            _ => {
                let outcome = PayoutOutcome::Returned { reason: "closed".into() };
                let command = RecordPayout { ticket: ticket(&self.cast.ops), attempt, outcome };
                return sound(world.billing.record_by_hand(command).await).map(|_| ());
            }
        };
        sound(world.billing.record_payout(&attempt, &outcome).await)
    }

    async fn claw_back(&mut self) -> Option<()> {
        let (payment, reason) = (self.any()?.0, "x".to_owned());
        let amount_minor = Some(i64::from(self.roll(50_000)));
        let world = &self.cast.booked.world;
        let command = AskClawBack { ticket: ticket(&self.cast.ops), payment, amount_minor, reason };
        let asked = sound(world.billing.ask_claw_back(command).await)?.into_new()?;
        let approval = ApprovalId::parse(asked.id).ok()?;
        let command = DecideApproval { ticket: ticket(&self.cast.other), approval, approves: true };
        sound(world.billing.decide_approval(command).await).map(|_| ())
    }

    async fn dispute(&mut self) -> Option<()> {
        let what = match self.roll(4) {
            0 => DisputeTold::Opened((self.roll(4) > 0).then_some(10_000)),
            1 | 2 => DisputeTold::Ended(DisputeStep::Win),
            _ => DisputeTold::Ended(DisputeStep::Lose),
        };
        let key = self.roll(2).to_string();
        let order = self.any()?.1;
        let fact = DisputeFact { gateway: "simulated".into(), order, key, what };
        sound(self.cast.booked.world.billing.record_dispute(&fact).await).map(|_| ())
    }

    /// Time goes on, and what is due is done.
    async fn pass(&mut self) -> Option<()> {
        let (far, says) = (self.roll(3) == 0, self.roll(4) as usize);
        let world = &self.cast.booked.world;
        world.clock.advance(if far { hours(30) } else { minutes(45) });
        world.bank.will_say(&[[Says::Yes, Says::No, Says::Later, Says::DoneAndSilent][says]]);
        self.cast.booked.world.worker.drain().await.unwrap();
        Some(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_clients_move_money_and_the_total_never_moves() {
    let cast = Arc::new(Cast::over(Stores::postgres().await).await);
    let url = cast.booked.world.stores.url.clone().unwrap();
    let course = crate::support::people::course(&cast.booked.world.stores, "Java Programming").await.0;
    // All of them know one payment whose share is payable, and fight for it.
    let (session, payable) = cast.payable().await;
    let order = cast.booked.seen(&cast.booked.student, &session).await.payment.unwrap().order.unwrap();
    // And one that only releases touch, so that one succeeds whatever the dice say.
    let (_, released) = cast.payable().await;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let readers = [0, 1].map(|_| {
        let (stop, url) = (stop.clone(), url.clone());
        tokio::spawn(async move {
            let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
            let mut looks = 0;
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(total(&mut conn).await, Total { balances: 0, lines: 0, apart: 0 });
                looks += 1;
            }
            looks
        })
    });
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let student = cast.booked.world.sign_up(&format!("student{n}"), Role::Student).await;
        let id = mentor(&cast.booked.world.stores, &format!("mentor{n}"), course, Verification::Full).await;
        clients.push(Client {
            cast: cast.clone(),
            student,
            mentor: CurrentUser { id, role: Role::Mentor, token_version: 0 },
            rng: TestRng::from_seed(RngAlgorithm::ChaCha, &[n; 32]),
            session: None,
            payments: vec![(payable.clone(), order.clone())],
            done: done.clone(),
        });
    }
    let work = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            for _ in 0..STEPS {
                client.step().await;
            }
        })
    });
    // Before the others come, who may leave no connection free for a while.
    let (first, second) = tokio::join!(cast.release(&released), cast.release(&released));
    assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
    for work in work.collect::<Vec<_>>() {
        work.await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 10, "the readers read meanwhile");
    }
    assert!(done.load(Ordering::Relaxed) > 200, "only {done:?} steps did something");
    cast.booked.world.pass(days(3)).await;
    cast.check().await;
    let page = PageRequest { size: PageSize::parse(100).unwrap(), after: None };
    let books = &cast.booked.world.stores.books;
    assert!(!books.refunds(None, None, &page).await.unwrap().items.is_empty());
    assert!(!books.disputes(None, &page).await.unwrap().items.is_empty());
    let waiting =
        books.approvals(ApprovalKind::ALL, Some(ApprovalStatus::Waiting), &page).await.unwrap().items;
    assert!(waiting.len() <= usize::from(CLIENTS), "{waiting:?}");
    // What the bank said to it lies with the dice: they tell the bank what to say.
    let attempt = cast.payout(&released).await.last_attempt.expect("it was released");
    assert_eq!(attempt.number, 1, "once, whoever was first");
}
