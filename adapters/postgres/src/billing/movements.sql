-- The name of the mentor $1, and what moved their money from $2 on and before $3, in order, at most $4 lines. $5 holds the
-- names of what can move it: paid out, sent back, clawed back, disputed.
SELECT me.name, coalesce((
    SELECT jsonb_agg(to_jsonb(line) - 'id' ORDER BY line.at, line.id)
    FROM (
        SELECT e.id, e.posted_at AS at, ($5)[what.place] AS kind, e.payment_id, s.id AS session_id, st.name AS student,
               s.skill_name AS skill, e.currency, t.reference,
               CASE what.place WHEN 1 THEN earned.fee WHEN 2 THEN -earned.fee ELSE own.revenue END AS fee,
               CASE WHEN what.place <= 2 THEN own.bank ELSE own.receivable END AS amount
        FROM admin_ledger a
        JOIN journal_entries e ON e.payment_id = a.payment_id
        JOIN (VALUES ('payout_paid', 1), ('payout_returned', 2), ('claw_back', 3), ('dispute_lost', 4))
             AS what (kind, place) ON what.kind = e.kind::text
        JOIN sessions s ON s.id = a.session_id
        JOIN users st ON st.id = s.student_id
        LEFT JOIN payout_attempts t ON t.id = e.source_id AND what.place <= 2
        CROSS JOIN LATERAL (
            -- What comes to the mentor leaves the bank, and what the mentor owes is an asset: on either side of the
            -- books the sign is the mentor's.
            SELECT coalesce(sum(l.amount) FILTER (WHERE c.kind = 'bank'), 0)::bigint              AS bank,
                   coalesce(sum(l.amount) FILTER (WHERE c.kind = 'mentor_receivable'), 0)::bigint AS receivable,
                   coalesce(sum(l.amount) FILTER (WHERE c.kind = 'platform_revenue'), 0)::bigint  AS revenue
            FROM journal_lines l JOIN ledger_accounts c ON c.id = l.account_id WHERE l.entry_id = e.id
        ) own
        CROSS JOIN LATERAL (
            -- The fee that was earned with the share that was paid out.
            SELECT coalesce((
                SELECT sum(l.amount) FILTER (WHERE c.kind = 'platform_revenue')
                FROM journal_lines l JOIN ledger_accounts c ON c.id = l.account_id
                WHERE l.entry_id = (SELECT max(x.id) FROM journal_entries x
                                    WHERE x.payment_id = e.payment_id AND x.kind::text = 'earn' AND x.id < e.id)
            ), 0)::bigint AS fee
        ) earned
        WHERE a.mentor_id = $1 AND e.posted_at >= $2 AND e.posted_at < $3
          AND (what.place <= 2 OR own.receivable <> 0 OR own.revenue <> 0)
        ORDER BY e.posted_at, e.id LIMIT $4
    ) line
), '[]'::jsonb) AS lines
FROM users me WHERE me.id = $1
