//! What holds in the database after every scenario, asked by statements of its own.

use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

/// Courses that are not recorded where their sessions say they stand, and money that does not add up.
const WRONG: &str = "
    WITH paid AS (
        SELECT s.*, t.skill_slug FROM sessions s JOIN session_terms t ON t.session_id = s.id
        JOIN payments p ON p.session_id = s.id
        JOIN ledger_terms r ON r.payment_id = p.id
        WHERE s.status NOT IN ('CANCELLED', 'REJECTED') AND p.status = 'SUCCESS' AND p.amount * 100 > r.refunded_minor + r.clawed_minor
    ), open AS (
        SELECT paid.* FROM paid
        WHERE NOT EXISTS (SELECT FROM session_schedule i WHERE i.session_id = paid.id)
           OR EXISTS (SELECT FROM session_schedule i JOIN session_item_terms x ON x.schedule_id = i.id
                      WHERE i.session_id = paid.id AND x.cancelled_at IS NULL AND i.status <> 'COMPLETED')
    ), courses AS (
        SELECT DISTINCT t.student_id, t.mentor_id, t.skill_slug FROM session_terms t
    ), stand AS (
        SELECT c.*, CASE
            WHEN NOT EXISTS (SELECT FROM paid WHERE (paid.student_id, paid.mentor_id, paid.skill_slug) = (c.student_id, c.mentor_id, c.skill_slug)) THEN 'PAYMENT_PENDING'
            WHEN EXISTS (SELECT FROM open WHERE (open.student_id, open.mentor_id, open.skill_slug) = (c.student_id, c.mentor_id, c.skill_slug)) THEN 'ONGOING'
            ELSE 'COMPLETED' END AS expected
        FROM courses c
    )
    SELECT format('course of %s and %s: %s, not %s', stand.student_id, stand.mentor_id, e.course_status, expected) AS what
    FROM stand LEFT JOIN course_enrollments e
      ON e.student_id = stand.student_id AND e.mentor_id = stand.mentor_id AND skill_slug(e.skill_name) = stand.skill_slug
    WHERE e.course_status::text IS DISTINCT FROM expected
    UNION ALL
    SELECT format('ledger of %s: %s = %s + %s + %s', l.payment_id, l.amount, r.refunded_minor, l.platform_fee, l.mentor_payout_amount)
    FROM admin_ledger l JOIN ledger_terms r USING (payment_id)
    WHERE l.amount * 100 <> r.refunded_minor + 100 * (l.platform_fee + l.mentor_payout_amount)
       OR r.refunded_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM refunds f WHERE f.payment_id = l.payment_id AND f.source = 'escrow')
                              + (SELECT coalesce(sum(amount_minor), 0) FROM disputes d WHERE d.payment_id = l.payment_id AND d.status = 'LOST' AND r.clawed_minor = 0)
    UNION ALL
    SELECT format('the slots of %s outlive it', h.session_id) FROM slot_holds h JOIN sessions s ON s.id = h.session_id
    WHERE s.status IN ('PENDING', 'REJECTED', 'CANCELLED')";

#[derive(diesel::QueryableByName)]
struct Wrong {
    #[diesel(sql_type = Text)]
    what: String,
}

/// Every course stands where its sessions say, and every payment adds up.
pub async fn check(url: &str) {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let wrong: Vec<Wrong> = diesel::sql_query(WRONG).load(&mut conn).await.unwrap();
    let wrong: Vec<String> = wrong.into_iter().map(|wrong| wrong.what).collect();
    assert_eq!(wrong, Vec::<String>::new());
}
