//! A whole backend over a fresh store: services, worker, a clock that the test moves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::bank::Bank;
use super::ids::{CountedIds, OwnIds};
use adapter_gateway::{Habit, ManualPayouts, SimulatedGateway};
use adapter_http::JwtTokens;
use adapter_mail::LogMailer;
use application_billing::ports::{PayoutProvider, RefundGateway};
use application_billing::{Billing, BillingPolicy, handle_billing};
use application_booking::{Booking, handle_booking, mail_notices};
use application_identity::{
    ConfirmSignUp, HashingCost, Identity, LogIn, Passwords, RequestSignUp, TokenPair,
};
use application_kernel::{
    AdjustableClock, Clock, CurrentUser, Ids, Keep, MailHandler, Mailbox, SEND_MAIL, StoredMail, Ticket,
    Worker, WorkerPace,
};
use application_mentoring::Mentoring;
use application_operations::{Operators, Queue};
use domain_identity::{Email, Password, PersonName};
use domain_kernel::{Role, TimeDelta, Timestamp, UserId};

use super::people::{now, policy};
use super::stores::Stores;

/// A backend in a test's hands.
pub struct World {
    pub stores: Stores,
    pub clock: Arc<StandingClock>,
    pub mailbox: Arc<LogMailer>,
    pub booking: Arc<Booking>,
    pub mentoring: Arc<Mentoring>,
    pub billing: Arc<Billing>,
    pub bank: Arc<Bank>,
    pub identity: Arc<Identity>,
    pub operators: Arc<Operators>,
    pub queue: Arc<Queue>,
    pub tokens: Arc<JwtTokens>,
    pub gateway: Arc<SimulatedGateway>,
    pub worker: Worker,
}

/// A clock that stands until the test moves it.
pub struct StandingClock(Mutex<Timestamp>);

impl StandingClock {
    pub fn at(time: Timestamp) -> Self {
        Self(Mutex::new(time))
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl AdjustableClock for StandingClock {
    fn advance(&self, span: TimeDelta) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(span);
    }
}

/// What billing goes by.
pub const BILLING: BillingPolicy =
    BillingPolicy { second_approver_from_minor: 5_000_000, batch_hour: Some(3) };

/// The password of everybody whom [`World::sign_up`] makes.
pub const PASSWORD: &str = "correct horse battery";

impl World {
    pub fn over(stores: Stores) -> Self {
        Self::made(stores, None, Arc::new(CountedIds))
    }

    /// A world in which the simulated gateway gives back and pays, too, in which orders go by that habit, and whose keys
    /// depend on nothing but its own history.
    pub fn at_the_gateway(stores: Stores, habit: Habit) -> Self {
        Self::made(stores, Some(habit), Arc::new(OwnIds::default()))
    }

    fn made(stores: Stores, habit: Option<Habit>, ids: Arc<dyn Ids>) -> Self {
        let clock = Arc::new(StandingClock::at(now()));
        let mailbox = Arc::new(LogMailer::new(clock.clone()));
        let tokens = Arc::new(JwtTokens::new(&"a secret that only this test knows".to_owned().into()));
        let pays = habit.is_some();
        let habit = habit.unwrap_or_default();
        let gateway = Arc::new(SimulatedGateway::new(None, habit, clock.clone(), stores.booking.clone()));
        let booking = Arc::new(Booking::new(
            stores.booking.clone(),
            stores.sessions.clone(),
            gateway.clone(),
            clock.clone(),
            ids.clone(),
            policy(),
        ));
        let mentoring = Arc::new(Mentoring::new(stores.mentoring.clone(), clock.clone()));
        let bank = Arc::new(Bank::default());
        let refunds: Arc<dyn RefundGateway> = if pays { gateway.clone() } else { bank.clone() };
        let provider: Arc<dyn PayoutProvider> = if pays { gateway.clone() } else { bank.clone() };
        let billing = Arc::new(Billing::new(
            stores.billing.clone(),
            refunds,
            provider,
            clock.clone(),
            ids.clone(),
            BILLING,
        ));
        // The cheapest cost there is: what is proven here is not how long it takes to guess.
        let cost = HashingCost { memory_kib: 8, passes: 1, lanes: 1 };
        let passwords = Arc::new(Passwords::new(cost, 2).unwrap());
        let identity = Arc::new(Identity::new(
            stores.identity.clone(),
            stores.accounts.clone(),
            tokens.clone(),
            passwords.clone(),
            clock.clone(),
            ids.clone(),
        ));
        let operators = Arc::new(Operators::new(
            stores.operations.clone(),
            stores.staff.clone(),
            tokens.clone(),
            passwords,
            clock.clone(),
            ids,
        ));
        let queue = Arc::new(Queue::new(stores.operations.clone(), clock.clone()));
        let worker = worker("test", &stores, &clock);
        let worker = handle_booking(worker, booking.clone());
        let worker = handle_billing(worker, billing.clone());
        let worker = mail_notices(worker, stores.booking.clone(), stores.sessions.clone(), clock.clone());
        let worker = worker.handling(SEND_MAIL, Arc::new(MailHandler::new(mailbox.clone())));
        Self {
            stores,
            clock,
            mailbox,
            booking,
            mentoring,
            billing,
            bank,
            identity,
            operators,
            queue,
            tokens,
            gateway,
            worker,
        }
    }

    /// A worker at the same queue that knows nothing yet.
    pub fn another_worker(&self) -> Worker {
        worker("another", &self.stores, &self.clock)
    }

    /// Billing over the same books by other rules.
    pub fn billing_under(&self, policy: BillingPolicy) -> Billing {
        self.billing_with(self.bank.clone(), policy)
    }

    /// Billing over the same books where operators pay by hand.
    pub fn billing_by_hand(&self) -> Billing {
        self.billing_with(Arc::new(ManualPayouts), BILLING)
    }

    fn billing_with(&self, provider: Arc<dyn PayoutProvider>, policy: BillingPolicy) -> Billing {
        let (store, gateway) = (self.stores.billing.clone(), self.bank.clone());
        Billing::new(store, gateway, provider, self.clock.clone(), Arc::new(CountedIds), policy)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock, then does all that has become due.
    pub async fn pass(&self, span: TimeDelta) {
        self.clock.advance(span);
        self.worker.drain().await.unwrap();
    }

    /// The mails to a person, newest first, once all that are due went out.
    pub async fn mails(&self, name: &str) -> Vec<StoredMail> {
        self.worker.drain().await.unwrap();
        self.mailbox.read(Some(&format!("{name}@example.org")))
    }

    /// Signs somebody up and confirms with the mailed code.
    pub async fn sign_up(&self, name: &str, role: Role) -> CurrentUser {
        let email = Email::parse(&format!("{name}@example.org")).unwrap();
        let request = RequestSignUp {
            email: email.clone(),
            name: PersonName::parse(&format!("{name} Person")).unwrap(),
            role,
            password: Password::choose(PASSWORD, &email).unwrap(),
        };
        self.identity.sign_up(request).await.unwrap();
        let code = code_in(&self.mails(name).await[0].text);
        let me = self.identity.confirm(ConfirmSignUp { email, code }).await.unwrap();
        CurrentUser { id: UserId::parse(me.id).unwrap(), role, token_version: 0 }
    }

    pub async fn log_in(&self, name: &str) -> TokenPair {
        let email = format!("{name}@example.org");
        self.identity.log_in(LogIn { email, password: Password::typed(PASSWORD.into()) }).await.unwrap()
    }
}

fn worker(name: &str, stores: &Stores, clock: &Arc<StandingClock>) -> Worker {
    let pace = WorkerPace { idle: Duration::from_millis(20), ..WorkerPace::default() };
    Worker::new(name.into(), stores.jobs.clone(), clock.clone(), pace)
}

/// The eight digits of a mail.
pub fn code_in(text: &str) -> String {
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 8);
    digits.unwrap_or_else(|| panic!("no code in {text:?}")).to_owned()
}

/// A ticket with a key of its own.
pub fn ticket<C: Clone>(by: &C) -> Ticket<C> {
    Ticket {
        by: by.clone(),
        method: "POST".into(),
        route: "/test".into(),
        key: CountedIds.text(),
        fingerprint: "f".repeat(64),
        keep: Keep::Day,
    }
}
