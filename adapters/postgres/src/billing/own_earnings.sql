-- The shares of the mentor $1, the latest first, after the payment $2, at most $3. What was taken over has no terms.
SELECT t.payment_id, a.session_id::text AS session_id, a.payout_status::text AS status,
       st.id AS student_id, st.name AS student, s.skill_name::text AS skill, pl.plan_title::text AS plan,
       t.currency::text AS currency,
       (a.amount * 100)::bigint AS amount, t.refunded_minor AS refunded,
       coalesce(a.platform_fee * 100, 0)::bigint AS fee, coalesce(a.mentor_payout_amount * 100, 0)::bigint AS share,
       t.clawed_minor - t.clawed_fee_minor AS owed,
       t.hold_until AS payable_from, a.payout_released_at AS paid_at, t.voided_at,
       ARRAY(SELECT d.number::text FROM issued_documents d
             WHERE d.payment_id = t.payment_id AND d.person_id = $1 ORDER BY d.issued_at, d.number) AS documents
FROM admin_ledger a
JOIN ledger_terms t ON t.payment_id = a.payment_id
JOIN sessions s ON s.id = a.session_id
JOIN users st ON st.id = s.student_id
LEFT JOIN plans pl ON pl.id = s.plan_id
WHERE a.mentor_id = $1 AND ($2::text IS NULL OR t.payment_id < $2)
ORDER BY t.payment_id DESC LIMIT $3
