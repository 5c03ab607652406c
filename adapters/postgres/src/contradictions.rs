//! Rows that cannot be, as other programs left them: they are looked for, and never touched.

use application_kernel::StoreError;
use diesel::QueryableByName;
use diesel::sql_types::{Text, Timestamp as SqlTimestamp};
use diesel_async::RunQueryDsl;
use domain_kernel::Timestamp;

use crate::error::store_error;
use crate::store::PgStore;

/// Rows that contradict themselves or others in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// What is wrong with them, to be read after their number.
    pub what: &'static str,
    /// Their keys, in order.
    pub keys: Vec<String>,
}

/// Sessions `s` without terms: those that were taken over.
const TAKEN_OVER: &str =
    "sessions s WHERE NOT EXISTS (SELECT FROM session_terms t WHERE t.session_id = s.id)";
/// Their payments `p`.
const PAYMENTS: &str = "payments p JOIN sessions s ON s.id = p.session_id
    WHERE NOT EXISTS (SELECT FROM session_terms t WHERE t.session_id = s.id)";
/// Their meetings `i`.
const MEETINGS: &str = "session_schedule i JOIN sessions s ON s.id = i.session_id
    WHERE NOT EXISTS (SELECT FROM session_terms t WHERE t.session_id = s.id)";
/// Their splits `l`, with the payment.
const SPLITS: &str =
    "admin_ledger l JOIN payments p ON p.id = l.payment_id JOIN sessions s ON s.id = l.session_id
    WHERE NOT EXISTS (SELECT FROM session_terms t WHERE t.session_id = s.id)";

/// What is wrong, the rows' key, where they are, and when one of them is wrong. `$1` is now.
const RULES: &[(&str, &str, &str, &str)] = &[
    (
        "sessions are SCHEDULED without meetings",
        "s.id",
        TAKEN_OVER,
        "s.status = 'SCHEDULED' AND NOT EXISTS (SELECT FROM session_schedule i WHERE i.session_id = s.id)",
    ),
    (
        "sessions are SCHEDULED although every meeting has taken place",
        "s.id",
        TAKEN_OVER,
        "s.status = 'SCHEDULED' AND EXISTS (SELECT FROM session_schedule i WHERE i.session_id = s.id)
         AND NOT EXISTS (SELECT FROM session_schedule i WHERE i.session_id = s.id AND i.status <> 'COMPLETED')",
    ),
    (
        "sessions are COMPLETED although a meeting has not taken place",
        "s.id",
        TAKEN_OVER,
        "s.status = 'COMPLETED'
         AND EXISTS (SELECT FROM session_schedule i WHERE i.session_id = s.id AND i.status <> 'COMPLETED')",
    ),
    (
        "sessions are COMPLETED without completed_at",
        "s.id",
        TAKEN_OVER,
        "s.status = 'COMPLETED' AND s.completed_at IS NULL",
    ),
    (
        "sessions have meetings before they are SCHEDULED, or although they were REJECTED",
        "s.id",
        TAKEN_OVER,
        "s.status IN ('PENDING', 'APPROVED', 'PAID', 'REJECTED')
         AND EXISTS (SELECT FROM session_schedule i WHERE i.session_id = s.id)",
    ),
    (
        "sessions are PAID, SCHEDULED or COMPLETED without a payment that succeeded",
        "s.id",
        TAKEN_OVER,
        "s.status IN ('PAID', 'SCHEDULED', 'COMPLETED')
         AND NOT EXISTS (SELECT FROM payments p WHERE p.session_id = s.id AND p.status = 'SUCCESS')",
    ),
    (
        "sessions are not paid, or CANCELLED, although their payment is a SUCCESS",
        "s.id",
        TAKEN_OVER,
        "s.status IN ('PENDING', 'APPROVED', 'REJECTED', 'CANCELLED')
         AND EXISTS (SELECT FROM payments p WHERE p.session_id = s.id AND p.status = 'SUCCESS')",
    ),
    (
        "sessions have a student who is the mentor, or do not say when they were requested",
        "s.id",
        TAKEN_OVER,
        "s.student_id = s.mentor_id OR s.created_at IS NULL",
    ),
    (
        "sessions have a skill without a course",
        "s.id",
        TAKEN_OVER,
        "NOT EXISTS (SELECT FROM courses c WHERE skill_slug(c.title) = skill_slug(s.skill_name))",
    ),
    (
        "sessions have no plan, or one of another skill",
        "s.id",
        TAKEN_OVER,
        "NOT EXISTS (SELECT FROM plans p WHERE p.id = s.plan_id AND skill_slug(p.skill_name) = skill_slug(s.skill_name))",
    ),
    (
        "sessions are live although another of the same student, mentor and skill is",
        "s.id",
        TAKEN_OVER,
        "s.status NOT IN ('REJECTED', 'CANCELLED', 'COMPLETED') AND EXISTS (
             SELECT FROM sessions o WHERE o.id <> s.id AND (o.student_id, o.mentor_id) = (s.student_id, s.mentor_id)
               AND skill_slug(o.skill_name) = skill_slug(s.skill_name)
               AND o.status NOT IN ('REJECTED', 'CANCELLED', 'COMPLETED'))",
    ),
    (
        "sessions have more or fewer meetings than their plan",
        "s.id",
        TAKEN_OVER,
        "s.status IN ('SCHEDULED', 'COMPLETED') AND EXISTS (
             SELECT FROM plans p WHERE p.id = s.plan_id AND p.duration_weeks * p.sessions_per_week <>
                 (SELECT count(*) FROM session_schedule i WHERE i.session_id = s.id))",
    ),
    (
        "meetings lie outside of their plan's weeks, or of a week's meetings",
        "i.session_id || ' week ' || i.week_number || ' meeting ' || i.session_number",
        MEETINGS,
        "EXISTS (SELECT FROM plans p WHERE p.id = s.plan_id
                 AND NOT (i.week_number BETWEEN 1 AND p.duration_weeks AND i.session_number BETWEEN 1 AND p.sessions_per_week))",
    ),
    (
        "meetings have a clock time that cannot be read",
        "i.session_id || ' week ' || i.week_number || ' meeting ' || i.session_number",
        MEETINGS,
        "i.scheduled_time !~ '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$'",
    ),
    (
        "meetings are COMPLETED before they begin",
        "i.session_id || ' week ' || i.week_number || ' meeting ' || i.session_number",
        MEETINGS,
        "i.status = 'COMPLETED' AND i.scheduled_date > $1",
    ),
    (
        "payments are a SUCCESS without a row in admin_ledger",
        "p.id",
        PAYMENTS,
        "p.status = 'SUCCESS' AND NOT EXISTS (SELECT FROM admin_ledger l WHERE l.payment_id = p.id AND l.session_id = s.id)",
    ),
    (
        "payments are a SUCCESS or REFUNDED without the gateway's key",
        "p.id",
        PAYMENTS,
        "p.status IN ('SUCCESS', 'REFUNDED') AND p.gateway_payment_id IS NULL",
    ),
    (
        "payments are a SUCCESS without completed_at",
        "p.id",
        PAYMENTS,
        "p.status = 'SUCCESS' AND p.completed_at IS NULL",
    ),
    (
        "rows of admin_ledger do not add up to their payment",
        "l.payment_id",
        SPLITS,
        "l.amount <> p.amount OR (l.platform_fee IS NULL) <> (l.mentor_payout_amount IS NULL)
         OR l.amount <> l.platform_fee + l.mentor_payout_amount",
    ),
    (
        "rows of admin_ledger are RELEASED without payout_released_at, or paid out before the session is COMPLETED",
        "l.payment_id",
        SPLITS,
        "(l.payout_status = 'RELEASED' AND l.payout_released_at IS NULL)
         OR (l.payout_status <> 'PENDING' AND s.status <> 'COMPLETED')",
    ),
    (
        "plans have a skill without a course",
        "p.id::text",
        "plans p WHERE p.is_active",
        "NOT EXISTS (SELECT FROM courses c WHERE skill_slug(c.title) = skill_slug(p.skill_name))",
    ),
    (
        "verifications rest on no PASSED or CONDITIONAL test of that mentor in that course",
        "v.mentor_id || ' in course ' || v.course_id",
        "mentor_course_verifications v WHERE v.is_active",
        "NOT EXISTS (SELECT FROM mentor_tests t JOIN courses c ON c.id = v.course_id
                     WHERE t.id = v.test_id AND t.mentor_id = v.mentor_id AND t.status IN ('PASSED', 'CONDITIONAL')
                       AND skill_slug(t.course_name) = skill_slug(c.title))",
    ),
    (
        "tests were graded without completed_at, or have to be waited for without retry_available_after",
        "t.id::text",
        "mentor_tests t WHERE t.status IN ('PASSED', 'CONDITIONAL', 'FAILED')",
        "t.completed_at IS NULL OR (t.status <> 'PASSED' AND t.retry_available_after IS NULL)",
    ),
    (
        "reviews of resumes are VERIFIED without feedback, rating or time",
        "r.id::text",
        "resume_review_requests r WHERE r.status = 'VERIFIED'",
        "r.mentor_feedback IS NULL OR r.rating IS NULL OR r.reviewed_at IS NULL",
    ),
    (
        "reviews of cover letters are VERIFIED without feedback, rating or time",
        "r.id::text",
        "cover_letter_review_requests r WHERE r.status = 'VERIFIED'",
        "r.mentor_feedback IS NULL OR r.rating IS NULL OR r.reviewed_at IS NULL",
    ),
    (
        "submissions are VERIFIED without feedback or time",
        "a.id::text",
        "assignment_submissions a WHERE a.review_status = 'VERIFIED'",
        "a.mentor_feedback IS NULL OR a.reviewed_at IS NULL",
    ),
    (
        "courses do not stand where their sessions, all of them taken over, say",
        "e.student_id || ' with ' || e.mentor_id || ' in ' || e.skill_name",
        "course_enrollments e CROSS JOIN LATERAL (
             SELECT count(*) AS paid, count(*) FILTER (WHERE i.items > i.completed OR i.items = 0) AS open
             FROM sessions s JOIN payments p ON p.session_id = s.id AND p.status = 'SUCCESS'
             CROSS JOIN LATERAL (SELECT count(*) AS items, count(*) FILTER (WHERE x.status = 'COMPLETED') AS completed
                                 FROM session_schedule x WHERE x.session_id = s.id) i
             WHERE (s.student_id, s.mentor_id) = (e.student_id, e.mentor_id)
               AND skill_slug(s.skill_name) = skill_slug(e.skill_name)
               AND s.status IN ('PAID', 'SCHEDULED', 'COMPLETED')) f
         WHERE NOT EXISTS (SELECT FROM session_terms t WHERE (t.student_id, t.mentor_id) = (e.student_id, e.mentor_id)
                           AND t.skill_slug = skill_slug(e.skill_name))",
        "e.course_status::text <>
         CASE WHEN f.paid = 0 THEN 'PAYMENT_PENDING' WHEN f.open = 0 THEN 'COMPLETED' ELSE 'ONGOING' END",
    ),
];

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    key: String,
}

impl PgStore {
    /// Everything that contradicts itself among the rows that other programs wrote. Reads only, one statement a rule.
    pub async fn contradictions(&self, now: Timestamp) -> Result<Vec<Contradiction>, StoreError> {
        let mut conn = self.conn().await?;
        let mut found = Vec::new();
        for (what, key, rows, wrong) in RULES {
            // Every statement has the parameter, so that one way of asking does for all.
            let ask = format!("SELECT {key} AS key FROM {rows} AND ({wrong}) AND $1 IS NOT NULL ORDER BY 1");
            #[expect(clippy::disallowed_methods, reason = "each is asked once, by a command that then ends")]
            let rows: Vec<KeyRow> = diesel::sql_query(ask)
                .bind::<SqlTimestamp, _>(now.naive())
                .load(&mut *conn)
                .await
                .map_err(store_error)?;
            if !rows.is_empty() {
                found.push(Contradiction { what, keys: rows.into_iter().map(|row| row.key).collect() });
            }
        }
        Ok(found)
    }
}
