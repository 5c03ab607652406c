//! The usual cast, through the services: a student, a verified mentor, a plan.

use application_booking::{
    ApproveSession, BookingError, CancelAsOperator, CancelSession, CompleteMeeting, DecideNoShow,
    OperatorSessionView, PaymentView, ReportNoShow, RequestSession, SessionView, StartPayment,
};
use application_kernel::{CurrentOperator, CurrentUser, Permission, StoreError, transact};
use domain_billing::{FactKind, FactOutcome, GatewayFact, Ledger};
use domain_catalog::Verification;
use domain_kernel::{Date, PlanId, Role, SessionId, TimeDelta, Timestamp, WallTime};
use domain_mentoring::{CourseStatus, SessionStatus};

use super::people::{course, mentor};
use super::staff::Staff;
use super::stores::Stores;
use super::world::{World, ticket};

use application_booking::ports::GatewaySimulator;

/// A world with a student `asha`, a mentor `ravi` and a plan of four weeks with two meetings each.
pub struct Booked {
    pub world: World,
    pub student: CurrentUser,
    pub mentor: CurrentUser,
    pub plan: PlanId,
    /// Somebody of the staff who decides about no-shows and calls sessions off.
    pub staff: CurrentOperator,
}

impl Booked {
    pub async fn over(stores: Stores) -> Self {
        Self::in_world(World::over(stores)).await
    }

    pub async fn in_world(world: World) -> Self {
        let (course, plan) = course(&world.stores, "Java Programming").await;
        let student = world.sign_up("asha", Role::Student).await;
        let id = mentor(&world.stores, "ravi", course, Verification::Full).await;
        let mentor = CurrentUser { id, role: Role::Mentor, token_version: 0 };
        let staff = Staff::join(&world, "decider", &[Permission::Disputes, Permission::Refunds]).await;
        let staff = staff.caller(&world).await;
        Self { world, student, mentor, plan, staff }
    }

    /// Monday 30 November 2026, 10:00 in Kolkata.
    pub fn asked(&self) -> RequestSession {
        RequestSession {
            ticket: ticket(&self.student),
            mentor: self.mentor.id.clone(),
            plan: self.plan,
            first_date: "2026-11-30".parse::<Date>().unwrap(),
            time: WallTime::parse("10:00").unwrap(),
            message: Some("Hello".into()),
        }
    }

    pub async fn request(&self) -> SessionView {
        self.world.booking.request(self.asked()).await.unwrap().into_new().unwrap()
    }

    /// A request like the first, which begins on the Monday at least a week after now.
    pub async fn request_later(&self) -> SessionView {
        let mut asked = self.asked();
        while asked.first_date < (self.world.now().plus(domain_kernel::days(7))).naive().date() {
            asked.first_date += domain_kernel::days(7);
        }
        self.world.booking.request(asked).await.unwrap().into_new().unwrap()
    }

    pub fn approval(&self, session: &SessionView) -> ApproveSession {
        ApproveSession { ticket: ticket(&self.mentor), session: id(session) }
    }

    pub async fn approve(&self, session: &SessionView) -> SessionView {
        self.world.booking.approve(self.approval(session)).await.unwrap().into_new().unwrap()
    }

    pub async fn start_payment(&self, session: &SessionView) -> PaymentView {
        let command = StartPayment { ticket: ticket(&self.student), session: id(session) };
        self.world.booking.start_payment(command).await.unwrap().into_new().unwrap()
    }

    pub fn fact(&self, payment: &PaymentView, kind: FactKind) -> GatewayFact {
        self.world.gateway.fact(payment.order.as_deref().unwrap(), "1", kind, None).unwrap()
    }

    pub async fn tell(&self, payment: &PaymentView, kind: FactKind) -> FactOutcome {
        self.world.booking.record_gateway_fact(&self.fact(payment, kind)).await.unwrap()
    }

    /// A session that is paid and planned: eight meetings from Monday 30 November on, at 10:00 in Kolkata, or from a later
    /// Monday when that is over.
    pub async fn scheduled(&self) -> SessionView {
        let is_over = self.asked().first_date <= self.world.now().plus(domain_kernel::days(1)).naive().date();
        let session = if is_over { self.request_later().await } else { self.request().await };
        self.approve(&session).await;
        let payment = self.start_payment(&session).await;
        assert_eq!(self.tell(&payment, FactKind::Captured).await, FactOutcome::Applied);
        self.seen(&self.student, &session).await
    }

    /// Moves the clock to so long after a meeting's start (before it, for a negative span), then does what is due.
    pub async fn pass_to(&self, session: &SessionView, item: usize, span: TimeDelta) {
        let seen = self.seen(&self.student, session).await;
        let starts_at =
            seen.items.unwrap()[item - 1].starts_at.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        self.world.pass(Timestamp::new(starts_at).plus(span).since(self.world.now())).await;
    }

    pub async fn complete(&self, session: &SessionView, item: u32) -> Result<SessionView, BookingError> {
        let command = CompleteMeeting { ticket: ticket(&self.mentor), session: id(session), item };
        self.world.booking.complete_meeting(command).await.map(|reply| reply.into_new().unwrap())
    }

    pub async fn report(&self, session: &SessionView, item: u32) -> Result<SessionView, BookingError> {
        let note = Some("nobody came".to_owned());
        let command = ReportNoShow { ticket: ticket(&self.student), session: id(session), item, note };
        self.world.booking.report_no_show(command).await.map(|reply| reply.into_new().unwrap())
    }

    pub async fn cancel(&self, by: &CurrentUser, session: &SessionView) -> Result<SessionView, BookingError> {
        let reason = Some("plans changed".to_owned());
        let command = CancelSession { ticket: ticket(by), session: id(session), reason };
        self.world.booking.cancel(command).await.map(|reply| reply.into_new().unwrap())
    }

    /// The staff's decision about a reported no-show.
    pub fn decision(&self, session: &SessionView, item: u32, upheld: bool) -> DecideNoShow {
        let ticket = ticket(&self.staff);
        DecideNoShow { ticket, session: id(session), item, upheld, reason: "looked into".into() }
    }

    pub async fn decide(
        &self,
        session: &SessionView,
        item: u32,
        upheld: bool,
    ) -> Result<OperatorSessionView, BookingError> {
        let decision = self.decision(session, item, upheld);
        self.world.booking.decide_no_show(decision).await.map(|reply| reply.into_new().unwrap())
    }

    /// The staff calls a session off.
    pub fn calling_off(&self, session: &SessionId, reason: &str) -> CancelAsOperator {
        let ticket = ticket(&self.staff);
        CancelAsOperator { ticket, session: session.clone(), reason: reason.to_owned() }
    }

    /// What the mails to a person are about, newest first.
    pub async fn mailbox_subjects(&self, name: &str) -> Vec<String> {
        self.world.mails(name).await.into_iter().map(|mail| mail.subject).collect()
    }

    /// What became of the session's money.
    pub async fn ledger(&self, session: &SessionView) -> Ledger {
        let session = id(session);
        let found: Result<_, StoreError> =
            transact(&*self.world.stores.booking, || async |tx| tx.payments().ledger(&session).await).await;
        found.unwrap().unwrap()
    }

    /// Where the course of the two is recorded to stand.
    pub async fn course(&self, session: &SessionView) -> Option<CourseStatus> {
        let session = id(session);
        let found: Result<_, StoreError> = transact(&*self.world.stores.booking, || {
            async |tx| {
                let session = tx.sessions().get(&session).await?;
                Ok(tx.sessions().enrolment(&session).await?.1)
            }
        })
        .await;
        found.unwrap()
    }

    /// What holds after every scenario, where there is a database to ask.
    pub async fn check(&self) {
        if let Some(url) = &self.world.stores.url {
            super::courses::check(url).await;
            assert_eq!(self.world.stores.books.verify().await, Ok(vec![]));
        }
    }

    /// The session as somebody sees it now.
    pub async fn seen(&self, by: &CurrentUser, session: &SessionView) -> SessionView {
        let viewer = application_kernel::Viewer { user: by.id.clone(), now: self.world.now() };
        self.world.stores.sessions.session(&id(session), &viewer).await.unwrap().unwrap()
    }

    pub async fn status(&self, session: &SessionView) -> SessionStatus {
        use domain_kernel::Labelled;
        SessionStatus::from_label(&self.seen(&self.student, session).await.status).unwrap()
    }
}

pub fn id(session: &SessionView) -> SessionId {
    SessionId::parse(session.id.clone()).unwrap()
}
