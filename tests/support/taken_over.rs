//! Sessions as the former system left them: rows without ours beside them.

use std::fmt::Write;

use domain_kernel::{SessionId, Timestamp, days};

use super::booked::Booked;
use crate::migrations::sql;

/// What the former system wrote of a session of the usual cast, a plan of four weeks with two meetings each.
pub struct TakenOverSession<'a> {
    pub key: &'a str,
    pub status: &'a str,
    /// When the first meeting begins; each further one a day later, two a week.
    pub begins_at: Timestamp,
    /// The status of each planned meeting, in order.
    pub meetings: Vec<&'a str>,
    /// Where the payment stands, if there is one.
    pub payment: Option<&'a str>,
    /// Where the mentor's share lies, if there is a row of it.
    pub payout: Option<&'a str>,
}

impl TakenOverSession<'_> {
    /// A session in that status as it should stand, from Monday 30 November 2026, 10:00 in Kolkata on.
    pub fn sound<'a>(key: &'a str, status: &'a str) -> TakenOverSession<'a> {
        let is_paid = matches!(status, "PAID" | "SCHEDULED" | "COMPLETED");
        let meetings = match status {
            "SCHEDULED" => vec!["LOCKED"; 8],
            "COMPLETED" => vec!["COMPLETED"; 8],
            _ => vec![],
        };
        let begins_at = Timestamp::from_utc("2026-11-30T04:30:00".parse().unwrap());
        let begins_at = if status == "COMPLETED" { begins_at.minus(days(70)) } else { begins_at };
        TakenOverSession {
            key,
            status,
            begins_at,
            meetings,
            payment: is_paid.then_some("SUCCESS"),
            payout: is_paid.then_some("PENDING"),
        }
    }

    /// Writes it.
    pub async fn write(&self, booked: &Booked) {
        let Self { key, status, begins_at, meetings, payment, payout } = self;
        let (student, mentor, plan) = (&booked.student.id, &booked.mentor.id, booked.plan);
        let at = |offset: i64| begins_at.plus(days(offset)).naive();
        let completed = if *status == "COMPLETED" { format!("'{}'", at(30)) } else { "NULL".to_owned() };
        let mut script = format!(
            "INSERT INTO sessions (id, student_id, mentor_id, course_id, plan_id, session_type, scheduled_at, end_time,
                                   status, skill_name, created_at, completed_at)
             SELECT '{key}', '{student}', '{mentor}', min(id), {plan}, 'Standard Plan - 2 sessions/week', '{}', NULL,
                    '{status}', 'Java  Programming', '2026-09-01', {completed} FROM courses;\n",
            begins_at.naive()
        );
        for (place, status) in (0_i64..).zip(meetings) {
            let (week, number) = (place / 2, place % 2);
            writeln!(
                script,
                "INSERT INTO session_schedule (session_id, week_number, session_number, topic_title, scheduled_date,
                                               scheduled_time, status)
                 VALUES ('{key}', {}, {}, 'Topic {place}', '{}', '10:00:00', '{status}');",
                week + 1,
                number + 1,
                at(week * 7 + number)
            )
            .unwrap();
        }
        if let Some(payment) = payment {
            writeln!(
                script,
                "INSERT INTO payments (id, session_id, amount, status, gateway, gateway_payment_id, completed_at)
                 VALUES ('p-{key}', '{key}', 1999.00, '{payment}', 'mock', 'mock_1', '2026-09-02');"
            )
            .unwrap();
        }
        if let Some(payout) = payout {
            writeln!(
                script,
                "INSERT INTO admin_ledger (payment_id, session_id, mentor_id, amount, mentor_payout_amount, platform_fee,
                                           payout_status)
                 VALUES ('p-{key}', '{key}', '{mentor}', 1999.00, 1599.20, 399.80, '{payout}');"
            )
            .unwrap();
        }
        sql::execute(booked.world.stores.url.as_deref().unwrap(), &script).await;
    }

    pub fn id(&self) -> SessionId {
        SessionId::parse(self.key).unwrap()
    }
}
