//! What operators decide about sessions and reported no-shows.

use application_kernel::{CurrentOperator, Failure, PageRequest, PageSize, Permission};
use application_operations::AuditFilter;
use domain_kernel::{SessionId, minutes};
use domain_mentoring::SessionStatus;

use crate::support::booked::{Booked, id};
use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::ticket;

crate::both_stores! {
    reports_wait_in_the_order_in_which_they_came,
    a_decision_is_made_once_and_its_reason_is_kept,
    a_session_is_called_off_by_the_staff_and_its_reason_is_kept,
    nobody_decides_where_they_are_a_party_or_without_the_permission,
    an_operator_sees_what_a_decision_needs,
    a_session_that_is_not_there_is_not_called_off,
}

fn code<T: std::fmt::Debug, E: Failure>(outcome: Result<T, E>) -> &'static str {
    outcome.expect_err("refused").code().name
}

/// The numbers of the meetings whose reports wait, page after page of one.
async fn waiting(booked: &Booked) -> Vec<u32> {
    let (mut after, mut items) = (None, Vec::new());
    loop {
        let page = PageRequest { size: PageSize::parse(1).unwrap(), after };
        let found = booked.world.stores.sessions.no_shows(&page).await.unwrap();
        items.extend(found.items.iter().map(|report| report.item));
        after = found.next;
        if after.is_none() {
            return items;
        }
    }
}

/// The reasons that the audit keeps of an action.
async fn reasons(booked: &Booked, action: &str) -> Vec<String> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    let page = PageRequest { size: PageSize::DEFAULT, after: None };
    let found = booked.world.stores.staff.audit(&filter, &page).await.unwrap();
    found.items.iter().map(|entry| entry.details["reason"].as_str().unwrap().to_owned()).collect()
}

async fn reports_wait_in_the_order_in_which_they_came(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    assert_eq!(waiting(&booked).await, Vec::<u32>::new());
    booked.pass_to(&session, 2, minutes(20)).await;
    booked.report(&session, 2).await.unwrap();
    booked.world.pass(minutes(5)).await;
    booked.report(&session, 1).await.unwrap();
    assert_eq!(waiting(&booked).await, [2, 1]);
    booked.decide(&session, 2, false).await.unwrap();
    assert_eq!(waiting(&booked).await, [1]);
    booked.check().await;
}

async fn a_decision_is_made_once_and_its_reason_is_kept(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, minutes(20)).await;
    assert_eq!(code(booked.decide(&session, 1, true).await), "no_show_not_reported");
    booked.report(&session, 1).await.unwrap();
    let decision = booked.decision(&session, 1, true);
    let decided = booked.world.booking.decide_no_show(decision.clone()).await.unwrap().into_new().unwrap();
    let report = decided.items[0].report.clone().unwrap();
    assert_eq!((report.upheld, report.note.as_deref()), (Some(true), Some("nobody came")));
    assert_eq!(decided.split.unwrap().refunded.minor, 31_237, "an eighth of 2499.00");
    assert!(booked.world.booking.decide_no_show(decision).await.unwrap().is_replayed());
    booked.decide(&session, 1, true).await.unwrap();
    assert_eq!(code(booked.decide(&session, 1, false).await), "too_late");
    assert_eq!(code(booked.decide(&session, 99, false).await), "no_such_meeting");
    assert_eq!(
        reasons(&booked, "meeting.decide_no_show").await,
        ["looked into"],
        "deciding it again is nothing"
    );
    booked.check().await;
}

async fn a_session_is_called_off_by_the_staff_and_its_reason_is_kept(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    let calling_off = booked.calling_off(&id(&session), "the mentor has left");
    let view = booked.world.booking.cancel_as_operator(calling_off).await.unwrap().into_new().unwrap();
    assert_eq!((view.status.as_str(), view.ended_by.as_deref()), ("CANCELLED", Some("operator")));
    assert_eq!((view.reason.as_deref(), view.taken_over), (Some("the mentor has left"), false));
    assert_eq!((view.split.unwrap().refunded.minor, view.settle_by_hand), (249_900, None));
    assert_eq!(reasons(&booked, "session.cancel").await, ["the mentor has left"]);
    let request = booked.request_later().await;
    let withdrawing = booked.calling_off(&id(&request), "asked twice");
    booked.world.booking.cancel_as_operator(withdrawing).await.unwrap();
    assert_eq!(booked.status(&request).await, SessionStatus::Cancelled);
    booked.check().await;
}

async fn nobody_decides_where_they_are_a_party_or_without_the_permission(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    booked.pass_to(&session, 1, minutes(20)).await;
    booked.report(&session, 1).await.unwrap();
    let both = [Permission::Disputes, Permission::Refunds];
    for party in [&booked.student, &booked.mentor] {
        let name = format!("also-{}", party.role.to_string().to_lowercase());
        let staff = Staff::join_as(&booked.world, &name, &both, Some(&party.id)).await;
        let by: CurrentOperator = staff.caller(&booked.world).await;
        let mut decision = booked.decision(&session, 1, true);
        decision.ticket = ticket(&by);
        assert_eq!(code(booked.world.booking.decide_no_show(decision).await), "own_affair");
        let mut calling_off = booked.calling_off(&id(&session), "mine");
        calling_off.ticket = ticket(&by);
        assert_eq!(code(booked.world.booking.cancel_as_operator(calling_off).await), "own_affair");
    }
    for held in both {
        let staff = Staff::join(&booked.world, &format!("only-{held}"), &[held]).await;
        let by = staff.caller(&booked.world).await;
        let mut decision = booked.decision(&session, 1, true);
        decision.ticket = ticket(&by);
        let mut calling_off = booked.calling_off(&id(&session), "not mine to do");
        calling_off.ticket = ticket(&by);
        let refused = if held == Permission::Disputes {
            code(booked.world.booking.cancel_as_operator(calling_off).await)
        } else {
            code(booked.world.booking.decide_no_show(decision).await)
        };
        assert_eq!(refused, "permission_missing");
    }
    assert_eq!(waiting(&booked).await, [1]);
}

async fn an_operator_sees_what_a_decision_needs(stores: Stores) {
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    let read = async || booked.world.stores.sessions.operator_session(&id(&session)).await.unwrap().unwrap();
    booked.pass_to(&session, 1, minutes(20)).await;
    booked.complete(&session, 1).await.unwrap();
    let view = read().await;
    assert_eq!((view.student.name.as_str(), view.mentor.name.as_str()), ("asha Person", "ravi Person"));
    assert_eq!((view.price.unwrap().minor, view.items.len()), (249_900, 8));
    let payment = view.payment.unwrap();
    assert!(payment.order.is_some() && payment.captured_by.is_some() && payment.completed_at.is_some());
    assert_eq!(view.split.unwrap().status, "PENDING");
    assert!(view.items[0].completed_at.is_some() && view.items[1].completed_at.is_none());
    let nobody = SessionId::parse("nobody").unwrap();
    assert_eq!(booked.world.stores.sessions.operator_session(&nobody).await.unwrap(), None);
}

async fn a_session_that_is_not_there_is_not_called_off(stores: Stores) {
    let booked = Booked::over(stores).await;
    let calling_off = booked.calling_off(&SessionId::parse("nobody").unwrap(), "gone");
    assert_eq!(code(booked.world.booking.cancel_as_operator(calling_off).await), "not_found");
}
