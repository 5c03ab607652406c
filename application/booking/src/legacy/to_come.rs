use application_kernel::NewJob;
use domain_kernel::Timestamp;
use domain_mentoring::{Meeting, MeetingDay, ScheduleStatus, Session, SessionStatus, Slot, Terms};

use crate::timers::{
    AUTO_COMPLETE, DAY_BEGINS, PAYMENT_DUE, PLANNING, REQUEST_EXPIRY, meeting_timers, session_timer,
};

/// The hours that both parties are to keep free: those of meetings that are still to take place.
pub(super) fn to_hold(session: &Session, meetings: &[Meeting], now: Timestamp) -> Vec<Slot> {
    let ahead = |slot: &Slot| slot.ends_at > now;
    match session.status {
        SessionStatus::Scheduled => meetings
            .iter()
            .filter(|meeting| meeting.is_open())
            .map(|meeting| Slot {
                item: meeting.item,
                day: MeetingDay {
                    week: meeting.week,
                    number: meeting.number,
                    date: session.terms.zone.local(meeting.starts_at).0,
                },
                starts_at: meeting.starts_at,
                ends_at: meeting.ends_at,
            })
            .filter(ahead)
            .collect(),
        // One whose start has passed is planned on other days.
        SessionStatus::Approved | SessionStatus::Paid if session.starts_at() >= now => session.slots(),
        _ => vec![],
    }
}

/// The timers of what is still to come. A meeting that is over and that nobody completed completes
/// itself only when the grace has passed once more: until then somebody can say otherwise.
pub(super) fn timers_to_come(session: &Session, meetings: &[Meeting], now: Timestamp) -> Vec<NewJob> {
    match session.status {
        SessionStatus::Pending => vec![session_timer(REQUEST_EXPIRY, &session.id, session.expires_at)],
        SessionStatus::Approved => {
            session.pay_by.iter().map(|due| session_timer(PAYMENT_DUE, &session.id, *due)).collect()
        }
        SessionStatus::Paid => vec![session_timer(PLANNING, &session.id, now)],
        SessionStatus::Scheduled => {
            let open = meetings.iter().filter(|meeting| meeting.is_open());
            open.flat_map(|meeting| meeting_timers_to_come(meeting, &session.terms, now)).collect()
        }
        _ => vec![],
    }
}

fn meeting_timers_to_come(meeting: &Meeting, terms: &Terms, now: Timestamp) -> Vec<NewJob> {
    let is_over = meeting.ends_at <= now;
    let to_come = |timer: &NewJob| match timer.kind {
        AUTO_COMPLETE => true,
        DAY_BEGINS => meeting.status == ScheduleStatus::Locked,
        _ => timer.run_at > now,
    };
    let mut timers: Vec<NewJob> = meeting_timers(meeting, terms).into_iter().filter(to_come).collect();
    for timer in timers.iter_mut().filter(|timer| is_over && timer.kind == AUTO_COMPLETE) {
        timer.run_at = now.plus(terms.policy.auto_complete_after);
    }
    timers
}
