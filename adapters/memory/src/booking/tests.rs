use std::sync::Arc;

use application_booking::ports::BookingQueries;
use application_booking::{
    ApproveSession, Booking, BookingError, RequestSession, SessionFilter, SessionView, StartPayment,
    handle_booking,
};
use application_catalog::Seed;
use application_kernel::{
    Clock, CurrentUser, Keep, PageRequest, PageSize, Ticket, TicketRefused, Viewer, Worker, WorkerPace,
};
use domain_billing::{FactKind, FactOutcome, GatewayFact};
use domain_kernel::{BasisPoints, Currency, Date, PlanId, Role, SessionId, UserId, WallTime, days, hours};
use domain_mentoring::{Policy, RequestRefused};

use crate::stand_ins::{House, ObedientGateway};

struct Scene {
    house: House,
    booking: Arc<Booking>,
    student: UserId,
    mentor: UserId,
}

async fn scene() -> Scene {
    let house = House::new();
    let student = UserId::parse(house.person("asha@example.org", Role::Student).await.id).unwrap();
    let mentor = UserId::parse(house.person("ravi@example.org", Role::Mentor).await.id).unwrap();
    let store = Arc::new(house.store.clone());
    let seed = Seed::new(store.clone(), house.clock.clone(), Currency::parse("INR").unwrap());
    seed.demo(std::slice::from_ref(&mentor)).await.unwrap();
    let policy = Policy::with_fee(BasisPoints::parse(1500).unwrap());
    let gateway = Arc::new(ObedientGateway);
    let booking = Booking::new(store.clone(), store, gateway, house.clock.clone(), house.ids.clone(), policy);
    Scene { house, booking: Arc::new(booking), student, mentor }
}

impl Scene {
    fn ticket(&self, by: &UserId, key: &str) -> Ticket {
        let role = if *by == self.student { Role::Student } else { Role::Mentor };
        Ticket {
            by: CurrentUser { id: by.clone(), role, token_version: 0 },
            method: "POST".into(),
            route: "/api/v1/sessions".into(),
            key: key.into(),
            fingerprint: key.into(),
            keep: Keep::Day,
        }
    }

    /// The student asks for a plan that begins on a day of November 2026 at ten.
    async fn request(&self, plan: i32, day: u32, key: &str) -> Result<SessionView, BookingError> {
        let cmd = RequestSession {
            ticket: self.ticket(&self.student, key),
            mentor: self.mentor.clone(),
            plan: PlanId::new(plan),
            first_date: Date::from_ymd_opt(2026, 11, day).unwrap(),
            time: WallTime::parse("10:00").unwrap(),
            message: None,
        };
        let reply = self.booking.request(cmd).await?;
        // An answer that was given before is as good as a new one here.
        Ok(serde_json::from_value(serde_json::json!(reply.answer)).unwrap())
    }

    async fn approve(&self, session: &SessionView) -> Result<SessionView, BookingError> {
        let ticket = self.ticket(&self.mentor, &format!("approve {}", session.id));
        let cmd = ApproveSession { ticket, session: SessionId::parse(session.id.clone()).unwrap() };
        self.booking.approve(cmd).await.map(|reply| reply.into_new().unwrap())
    }

    async fn seen(&self, session: &SessionView, by: &UserId) -> Option<SessionView> {
        let id = SessionId::parse(session.id.clone()).unwrap();
        let viewer = Viewer { user: by.clone(), now: self.house.clock.now() };
        BookingQueries::session(&self.house.store, &id, &viewer).await.unwrap()
    }
}

#[tokio::test]
async fn a_session_is_requested_approved_paid_and_planned() {
    let scene = scene().await;
    let pending = scene.request(1, 25, "request").await.unwrap();
    assert_eq!((pending.status.as_str(), pending.mentor.name.as_str()), ("PENDING", "Asha V."));
    assert!(pending.items.as_ref().unwrap().iter().all(|item| item.topic.is_none()));

    let approved = scene.approve(&pending).await.unwrap();
    assert_eq!((approved.status.as_str(), approved.student.name.as_str()), ("APPROVED", "Asha Devi Verma"));
    let seen = scene.seen(&pending, &scene.student).await.unwrap();
    assert_eq!(seen.allowed_actions, ["pay", "cancel"]);
    assert_eq!(scene.seen(&pending, &UserId::parse("stranger").unwrap()).await, None);

    let session = SessionId::parse(pending.id.clone()).unwrap();
    let cmd = StartPayment { ticket: scene.ticket(&scene.student, "pay"), session };
    let payment = scene.booking.start_payment(cmd).await.unwrap().into_new().unwrap();
    let fact = GatewayFact {
        gateway: payment.gateway,
        event: "event".into(),
        order: payment.order.unwrap(),
        attempt: "attempt".into(),
        kind: FactKind::Captured,
        amount_minor: payment.amount.minor,
        currency: payment.amount.currency,
    };
    assert_eq!(scene.booking.record_gateway_fact(&fact).await.unwrap(), FactOutcome::Applied);
    assert_eq!(scene.booking.record_gateway_fact(&fact).await.unwrap(), FactOutcome::Ignored);

    let planned = scene.seen(&pending, &scene.mentor).await.unwrap();
    assert_eq!(planned.status, "SCHEDULED");
    let items: Vec<_> = planned
        .items
        .unwrap()
        .into_iter()
        .map(|item| (item.local_date, item.local_time, item.topic.unwrap()))
        .collect();
    assert_eq!(items[0], ("2026-11-25".into(), "10:00".into(), "Types, control flow and methods".into()));
    assert_eq!(items.len(), 4);
    assert_eq!(scene.house.store.state().await.admin_ledger.len(), 1);
}

#[tokio::test]
async fn a_repeated_request_is_answered_once_more_and_another_one_with_its_key_is_refused() {
    let scene = scene().await;
    let first = scene.request(1, 25, "key").await.unwrap();
    assert_eq!(scene.request(1, 25, "key").await.unwrap(), first);
    let mut ticket = scene.ticket(&scene.student, "key");
    ticket.fingerprint = "other".into();
    let cmd = StartPayment { ticket, session: SessionId::parse(first.id.clone()).unwrap() };
    let other = scene.booking.start_payment(cmd).await;
    assert!(matches!(other, Err(BookingError::Ticket(TicketRefused::Reused))));
    scene.house.clock.advance(days(1));
    // The answer has lapsed, so this is a new request; the live session stands against it.
    let again = scene.request(1, 27, "key").await;
    assert!(matches!(again, Err(BookingError::Request(RequestRefused::LiveSession))));
}

#[tokio::test]
async fn overlapping_plans_cannot_both_be_approved() {
    let scene = scene().await;
    let java = scene.request(1, 25, "java").await.unwrap();
    // The mentor is verified for the basic plan of the second course.
    let python = scene.request(4, 25, "python").await.unwrap();
    scene.approve(&java).await.unwrap();
    assert!(matches!(scene.approve(&python).await, Err(BookingError::SlotTaken)));
    assert_eq!(scene.seen(&python, &scene.mentor).await.unwrap().status, "PENDING");
    let standard = scene.request(5, 25, "standard").await;
    assert!(matches!(standard, Err(BookingError::Request(RequestRefused::NotVerified))));
}

#[tokio::test]
async fn own_sessions_are_listed_by_start_in_pages() {
    let scene = scene().await;
    let late = scene.request(1, 27, "late").await.unwrap();
    let early = scene.request(4, 25, "early").await.unwrap();
    let viewer = Viewer { user: scene.student.clone(), now: scene.house.clock.now() };
    let mut page = PageRequest { size: PageSize::parse(1).unwrap(), after: None };
    let mut listed = Vec::new();
    loop {
        let found = BookingQueries::sessions(&scene.house.store, &viewer, &SessionFilter::default(), &page)
            .await
            .unwrap();
        assert!(found.items.iter().all(|session| session.items.is_none()));
        listed.extend(found.items.into_iter().map(|session| session.id));
        let Some(next) = found.next else { break };
        page.after = Some(next);
    }
    assert_eq!(listed, [early.id, late.id]);
}

#[tokio::test]
async fn an_unanswered_request_expires_by_its_timer() {
    let scene = scene().await;
    let pending = scene.request(1, 27, "request").await.unwrap();
    let store = Arc::new(scene.house.store.clone());
    let worker = Worker::new("worker".into(), store, scene.house.clock.clone(), WorkerPace::default());
    let worker = handle_booking(worker, scene.booking.clone());
    worker.drain().await.unwrap();
    assert_eq!(scene.seen(&pending, &scene.student).await.unwrap().status, "PENDING");
    scene.house.clock.advance(hours(72));
    worker.drain().await.unwrap();
    assert_eq!(scene.seen(&pending, &scene.student).await.unwrap().status, "CANCELLED");
}
