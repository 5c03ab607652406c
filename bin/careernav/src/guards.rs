//! What a change needs beyond its status, and the test that fails without it. The pages under docs/lifecycles show it.

/// One guard of one row of a lifecycle.
pub(crate) struct Guard {
    /// The machine, such as `SessionStatus`.
    pub(crate) machine: &'static str,
    /// The event.
    pub(crate) event: &'static str,
    /// What must hold.
    pub(crate) needs: &'static str,
    /// The name of the test that proves it.
    pub(crate) test: &'static str,
}

const fn guard(machine: &'static str, event: &'static str, needs: &'static str, test: &'static str) -> Guard {
    Guard { machine, event, needs, test }
}

const SESSION: &str = "SessionStatus";
const MEETING: &str = "ScheduleStatus";
const PAYMENT: &str = "PaymentStatus";
const PAYOUT: &str = "PayoutStatus";
const COURSE: &str = "CourseStatus";

/// Every guard that booking owns.
pub(crate) const GUARDS: &[Guard] = &[
    guard(SESSION, "request", "student and mentor differ", "nobody_books_themselves"),
    guard(
        SESSION,
        "request",
        "mentor verified for exactly that course",
        "only_a_mentor_verified_for_exactly_that_skill_is_booked",
    ),
    guard(
        SESSION,
        "request",
        "a conditional verification covers basic plans only",
        "only_a_mentor_verified_for_exactly_that_skill_is_booked",
    ),
    guard(SESSION, "request", "plan active and of that skill", "each_circumstance_alone_refuses_a_request"),
    guard(SESSION, "request", "start 24 h to 90 d ahead", "a_start_lies_24_hours_to_90_days_ahead"),
    guard(SESSION, "request", "an offered weekday and time", "a_start_is_on_an_offered_weekday_and_time"),
    guard(
        SESSION,
        "request",
        "no live session of the same student, mentor and skill",
        "two_live_sessions_of_one_skill_are_refused_until_one_has_ended",
    ),
    guard(SESSION, "request", "at most 5 open requests", "a_student_has_at_most_five_open_requests"),
    guard(SESSION, "approve", "owning mentor", "only_the_owning_mentor_answers"),
    guard(
        SESSION,
        "approve",
        "not expired, start at least 2 h ahead",
        "an_approval_comes_before_the_expiry_and_two_hours_before_the_start",
    ),
    guard(
        SESSION,
        "approve",
        "every slot free for both",
        "overlapping_slots_of_one_person_are_refused_and_touching_ones_are_not",
    ),
    guard(SESSION, "reject", "owning mentor, with a reason", "a_rejected_request_is_over"),
    guard(
        SESSION,
        "withdraw",
        "student or operator",
        "a_request_is_withdrawn_by_its_student_or_an_operator_only",
    ),
    guard(
        SESSION,
        "expire",
        "not before min(created + 72 h, start − 2 h)",
        "a_request_expires_after_72_hours_or_2_hours_before_its_start",
    ),
    guard(
        SESSION,
        "lapse",
        "not before pay-by; 15 min later while a payment is PROCESSING",
        "the_clock_is_refused_before_its_time_and_waits_for_a_payment_under_way",
    ),
    guard(
        SESSION,
        "cancel (APPROVED)",
        "either party or an operator",
        "an_approved_session_is_cancelled_by_either_party_or_an_operator",
    ),
    guard(
        SESSION,
        "capture",
        "order, amount and currency equal",
        "a_capture_of_another_amount_currency_or_order_leaves_the_payment",
    ),
    guard(SESSION, "schedule", "never unpaid", "an_unpaid_session_cannot_be_scheduled_by_any_clock"),
    guard(
        SESSION,
        "schedule",
        "no meeting in the past",
        "a_plan_begins_on_its_day_or_on_the_offered_days_that_follow",
    ),
    guard(
        SESSION,
        "cancel (PAID)",
        "all of it goes back",
        "a_paid_session_without_meetings_is_called_off_for_nothing",
    ),
    guard(
        SESSION,
        "cancel (SCHEDULED)",
        "what has taken place is earned",
        "the_mentor_earns_what_has_taken_place",
    ),
    guard(
        SESSION,
        "cancel (SCHEDULED)",
        "a student within the notice pays the next meeting",
        "a_student_who_cancels_within_the_notice_pays_the_next_meeting",
    ),
    guard(
        SESSION,
        "cancel (SCHEDULED)",
        "payout PENDING",
        "a_payable_share_is_not_refunded_before_it_is_held_again",
    ),
    guard(
        SESSION,
        "cancel",
        "an operator only where they are no party, and with the permission",
        "nobody_decides_where_they_are_a_party_or_without_the_permission",
    ),
    guard(
        SESSION,
        "cancel (taken over)",
        "no money moves",
        "an_operator_closes_a_session_that_was_taken_over_and_is_told_what_to_settle_by_hand",
    ),
    guard(
        SESSION,
        "complete",
        "every meeting that is not cancelled has taken place",
        "a_session_is_complete_when_every_meeting_that_is_not_cancelled_has_taken_place",
    ),
    guard(
        SESSION,
        "complete",
        "at least one has",
        "a_session_whose_meetings_were_all_cancelled_is_cancelled_and_not_complete",
    ),
    guard(SESSION, "complete", "no open no-show report", "a_session_is_not_complete_while_a_no_show_is_open"),
    guard(
        SESSION,
        "move_item",
        "one party proposes, the other accepts",
        "one_party_proposes_and_the_other_accepts",
    ),
    guard(
        SESSION,
        "move_item",
        "24 h to 90 d ahead, and elsewhere",
        "a_meeting_is_moved_to_a_time_a_day_ahead_when_proposed_and_when_accepted",
    ),
    guard(SESSION, "move_item", "at most 2 moves", "a_meeting_is_moved_twice_at_most"),
    guard(SESSION, "move_item", "new slot free", "a_meeting_is_not_moved_to_where_another_one_is"),
    guard(
        SESSION,
        "report_no_show",
        "from start + 10 min to end + 24 h",
        "a_no_show_is_reported_from_ten_minutes_after_the_start_to_a_day_after_the_end",
    ),
    guard(SESSION, "report_no_show", "the student", "only_the_student_reports_and_only_the_mentor_completes"),
    guard(
        MEETING,
        "schedule built",
        "start not in the past",
        "a_plan_begins_on_its_day_or_on_the_offered_days_that_follow",
    ),
    guard(
        MEETING,
        "day_begins",
        "local midnight of its day",
        "a_day_begins_at_local_midnight_and_not_before",
    ),
    guard(
        MEETING,
        "mentor_completes",
        "from start + 15 min",
        "a_mentor_completes_from_a_quarter_of_an_hour_after_the_start",
    ),
    guard(
        MEETING,
        "mentor_completes",
        "owning mentor",
        "only_the_student_reports_and_only_the_mentor_completes",
    ),
    guard(MEETING, "auto_complete", "end + grace", "a_meeting_completes_itself_a_day_after_its_end"),
    guard(
        MEETING,
        "auto_complete",
        "no no-show report",
        "a_reported_meeting_is_completed_by_nobody_until_an_operator_decides",
    ),
    guard(
        MEETING,
        "move_later",
        "an agreed move",
        "an_upcoming_meeting_that_is_moved_to_a_later_day_is_locked_again",
    ),
    guard(PAYMENT, "start", "student, session APPROVED", "a_cancelled_session_cannot_be_paid"),
    guard(
        PAYMENT,
        "start",
        "before pay-by, also when repeated",
        "an_order_is_not_handed_out_after_the_time_to_pay",
    ),
    guard(
        PAYMENT,
        "authorise",
        "an attempt that is not over",
        "what_comes_late_of_an_older_attempt_leaves_the_one_under_way",
    ),
    guard(PAYMENT, "capture", "once", "a_capture_counts_once"),
    guard(
        PAYMENT,
        "capture_late",
        "session no longer APPROVED",
        "a_capture_without_a_waiting_session_is_late",
    ),
    guard(PAYMENT, "retry", "FAILED only", "a_retry_reopens_a_failed_payment_only"),
    guard(PAYOUT, "capture", "fee and share add up to what is left", "nothing_is_lost_however_meetings_end"),
    guard(
        PAYOUT,
        "earn",
        "hold elapsed, no no-show, something left",
        "a_share_is_payable_when_its_hold_is_over_and_no_no_show_is_open",
    ),
    guard(
        COURSE,
        "every",
        "what the sessions say",
        "a_course_is_ongoing_while_something_paid_is_open_or_not_planned",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::root;

    /// The source of all tests.
    fn sources() -> String {
        let mut folders = vec![root().join("tests"), root().join("domain"), root().join("application")];
        let mut text = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    text.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        text
    }

    #[test]
    fn every_guard_names_a_test_that_there_is() {
        let sources = sources();
        let missing: Vec<&str> = GUARDS
            .iter()
            .map(|guard| guard.test)
            .filter(|test| !sources.contains(&format!("fn {test}(")))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
