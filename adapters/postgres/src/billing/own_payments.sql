-- The payments of the student $1, the latest first, after the key $2, at most $3.
SELECT p.id, p.session_id::text AS session_id, p.status::text AS status, m.id AS mentor_id, m.name AS mentor,
       s.skill_name::text AS skill, pl.plan_title::text AS plan, p.currency::text AS currency,
       (p.amount * 100)::bigint AS amount,
       (back.arrived + lost.amount)::bigint AS returned, back.on_its_way::bigint AS returning,
       p.created_at AS started_at, p.completed_at AS paid_at,
       ARRAY(SELECT d.number::text FROM issued_documents d
             WHERE d.payment_id = p.id AND d.person_id = $1 ORDER BY d.issued_at, d.number) AS documents
FROM payments p
JOIN sessions s ON s.id = p.session_id
JOIN users m ON m.id = s.mentor_id
LEFT JOIN plans pl ON pl.id = s.plan_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.amount_minor) FILTER (WHERE r.status::text = 'PROCESSED'), 0)  AS arrived,
           coalesce(sum(r.amount_minor) FILTER (WHERE r.status::text <> 'PROCESSED'), 0) AS on_its_way
    FROM refunds r WHERE r.payment_id = p.id AND r.currency = p.currency
) back
CROSS JOIN LATERAL (
    SELECT coalesce(sum(d.amount_minor), 0) AS amount
    FROM disputes d WHERE d.payment_id = p.id AND d.currency = p.currency AND d.status::text = 'LOST'
) lost
WHERE s.student_id = $1 AND ($2::text IS NULL OR p.id < $2)
ORDER BY p.id DESC LIMIT $3
