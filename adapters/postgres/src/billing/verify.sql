-- What of the books does not hold: one row for each finding. One statement, so one snapshot. Payments that were taken
-- over have no ledger_terms and are no part of it. Credits are positive, debits negative, all in minor units.
WITH posted AS (
    SELECT e.payment_id, e.currency, a.kind, sum(l.amount)::bigint AS amount
    FROM journal_lines l
    JOIN journal_entries e ON e.id = l.entry_id
    JOIN ledger_accounts a ON a.id = l.account_id
    GROUP BY e.payment_id, e.currency, a.kind
), lies AS (
    SELECT payment_id, currency,
           coalesce(sum(amount) FILTER (WHERE kind = 'escrow'), 0)::bigint            AS escrow,
           coalesce(sum(amount) FILTER (WHERE kind = 'mentor_payable'), 0)::bigint    AS payable,
           coalesce(sum(amount) FILTER (WHERE kind = 'payout_in_transit'), 0)::bigint AS transit,
           coalesce(sum(amount) FILTER (WHERE kind = 'platform_revenue'), 0)::bigint  AS revenue,
           coalesce(sum(amount) FILTER (WHERE kind = 'dispute_hold'), 0)::bigint      AS hold,
           coalesce(sum(amount) FILTER (WHERE kind = 'mentor_receivable'), 0)::bigint AS receivable
    FROM posted WHERE payment_id IS NOT NULL
    GROUP BY payment_id, currency
), money AS (
    SELECT a.payment_id, a.payout_status::text AS status, t.currency,
           (a.amount * 100)::bigint               AS amount,
           (a.mentor_payout_amount * 100)::bigint AS payout,
           (a.platform_fee * 100)::bigint         AS fee,
           t.refunded_minor AS refunded, t.clawed_minor AS clawed, t.clawed_fee_minor AS clawed_fee,
           t.attempts, t.voided_at, t.dispute_id,
           coalesce(l.escrow, 0) AS escrow, coalesce(l.payable, 0) AS payable, coalesce(l.transit, 0) AS transit,
           coalesce(l.revenue, 0) AS revenue, coalesce(l.hold, 0) AS hold, coalesce(l.receivable, 0) AS receivable
    FROM admin_ledger a
    JOIN ledger_terms t ON t.payment_id = a.payment_id
    LEFT JOIN lies l ON l.payment_id = a.payment_id AND l.currency = t.currency
), going_back AS (
    SELECT payment_id, currency,
           coalesce(sum(amount_minor) FILTER (WHERE source = 'escrow'), 0)::bigint        AS from_escrow,
           coalesce(sum(amount_minor) FILTER (WHERE source = 'claw_back'), 0)::bigint     AS clawed,
           coalesce(sum(amount_minor) FILTER (WHERE status <> 'PROCESSED'), 0)::bigint    AS in_flight,
           coalesce(sum(amount_minor) FILTER (WHERE status = 'PROCESSED'), 0)::bigint     AS arrived
    FROM refunds GROUP BY payment_id, currency
), came AS (
    SELECT payment_id, currency, sum(amount_minor)::bigint AS captured
    FROM gateway_facts
    WHERE kind = 'captured' AND outcome IN ('applied', 'late', 'second', 'mismatch')
    GROUP BY payment_id, currency
), fought AS (
    SELECT payment_id, currency,
           coalesce(sum(amount_minor) FILTER (WHERE status = 'OPEN'), 0)::bigint AS open,
           coalesce(sum(amount_minor) FILTER (WHERE status = 'LOST'), 0)::bigint AS lost
    FROM disputes GROUP BY payment_id, currency
), tries AS (
    SELECT payment_id, count(*) FILTER (WHERE status = 'PAID') AS paid, max(number) AS last,
           max(number) FILTER (WHERE status = 'PAID') AS paid_number,
           max(number) FILTER (WHERE status = 'SUBMITTED') AS open_number
    FROM payout_attempts GROUP BY payment_id
)
SELECT 'entries_balance' AS law, 'journal_entries ' || e.id AS place,
       'its lines add up to ' || coalesce(sum(l.amount), 0) || ' and are ' || count(l.*) AS detail
FROM journal_entries e LEFT JOIN journal_lines l ON l.entry_id = e.id
GROUP BY e.id HAVING coalesce(sum(l.amount), 0) <> 0 OR count(l.*) < 2
UNION ALL
SELECT 'trial_balance_is_zero', 'ledger_accounts ' || currency, 'they add up to ' || sum(balance)
FROM ledger_accounts GROUP BY currency HAVING sum(balance) <> 0
UNION ALL
SELECT 'never_overdrawn', 'ledger_accounts ' || id, 'its balance is ' || balance
FROM ledger_accounts WHERE class IN ('liability', 'revenue') AND balance < 0
UNION ALL
SELECT 'balances_follow_lines', 'ledger_accounts ' || a.id,
       'its balance is ' || a.balance || ', its lines add up to ' || coalesce(sum(l.amount), 0)
FROM ledger_accounts a LEFT JOIN journal_lines l ON l.account_id = a.id
GROUP BY a.id, a.balance HAVING a.balance <> coalesce(sum(l.amount), 0)
UNION ALL
SELECT 'clearing_agrees', 'ledger_accounts ' || c.id,
       'it holds ' || -c.balance || ', captured less refunded, settled and withheld is ' || c.expected
FROM (
    SELECT a.id, a.balance,
           (SELECT coalesce(sum(captured), 0) FROM came WHERE came.currency = a.currency)
           - (SELECT coalesce(sum(arrived), 0) FROM going_back g WHERE g.currency = a.currency)
           - (SELECT coalesce(sum(open + lost), 0) FROM fought f WHERE f.currency = a.currency)
           - (SELECT coalesce(sum(amount_minor), 0) FROM settlements s WHERE s.currency = a.currency) AS expected
    FROM ledger_accounts a WHERE a.kind = 'gateway_clearing'
) c WHERE -c.balance <> c.expected
UNION ALL
SELECT 'capture_was_posted', 'payments ' || m.payment_id, 'the journal has no capture; ledger backfill posts it'
FROM money m
WHERE NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.payment_id = m.payment_id AND e.kind = 'capture')
UNION ALL
SELECT 'split_adds_up', 'payments ' || payment_id,
       amount || ' is not ' || refunded || ' refunded + ' || fee || ' fee + ' || payout || ' payout'
FROM money WHERE amount <> refunded + fee + payout OR clawed > fee + payout
UNION ALL
SELECT 'status_and_account_agree', 'payments ' || payment_id,
       status || ', but escrow holds ' || escrow || ', mentor payable ' || payable || ', payout in transit ' || transit
       || ', revenue ' || revenue
FROM money
WHERE NOT CASE status
    WHEN 'PENDING'    THEN escrow = fee + payout AND payable = 0 AND transit = 0 AND revenue = 0
    WHEN 'READY'      THEN escrow = 0 AND payable = payout AND transit = 0 AND revenue = fee
    WHEN 'PROCESSING' THEN escrow = 0 AND payable = 0 AND transit = payout AND revenue = fee
    ELSE                   escrow = 0 AND payable = 0 AND transit = 0 AND revenue = fee - clawed_fee
END
UNION ALL
SELECT 'paid_at_most_once', 'payments ' || m.payment_id,
       m.status || ' after ' || m.attempts || ' tries, of which ' || coalesce(t.paid, 0) || ' paid'
FROM money m LEFT JOIN tries t ON t.payment_id = m.payment_id
WHERE coalesce(t.paid, 0) > 1
   OR coalesce(t.last, 0) <> m.attempts
   OR (m.status = 'RELEASED') <> (coalesce(t.paid, 0) = 1 AND t.paid_number = m.attempts)
   OR (m.status = 'PROCESSING') <> coalesce(t.open_number = m.attempts, false)
UNION ALL
SELECT 'refunds_agree', 'payments ' || m.payment_id,
       m.refunded || ' goes back and ' || m.clawed || ' is clawed back, refunds and lost disputes say '
       || coalesce(g.from_escrow, 0) || ', ' || coalesce(g.clawed, 0) || ' and ' || coalesce(f.lost, 0)
FROM money m
LEFT JOIN going_back g ON g.payment_id = m.payment_id AND g.currency = m.currency
LEFT JOIN fought f ON f.payment_id = m.payment_id AND f.currency = m.currency
WHERE m.refunded + m.clawed <> coalesce(g.from_escrow, 0) + coalesce(g.clawed, 0) + coalesce(f.lost, 0)
UNION ALL
SELECT 'refund_payable_agrees', 'payments ' || coalesce(p.payment_id, g.payment_id),
       'refund payable holds ' || coalesce(p.amount, 0) || ', ' || coalesce(g.in_flight, 0) || ' is on its way'
FROM (SELECT * FROM posted WHERE kind = 'refund_payable') p
FULL JOIN going_back g ON g.payment_id = p.payment_id AND g.currency = p.currency
WHERE coalesce(p.amount, 0) <> coalesce(g.in_flight, 0)
UNION ALL
SELECT 'refunds_are_covered', 'payments ' || g.payment_id,
       'of ' || coalesce(c.captured, 0) || ' that came ' || g.arrived + g.in_flight + coalesce(f.lost, 0) || ' goes back'
FROM going_back g
LEFT JOIN came c ON c.payment_id = g.payment_id AND c.currency = g.currency
LEFT JOIN fought f ON f.payment_id = g.payment_id AND f.currency = g.currency
WHERE g.arrived + g.in_flight + coalesce(f.lost, 0) > coalesce(c.captured, 0)
UNION ALL
SELECT 'unapplied_is_empty', 'payments ' || payment_id, amount || ' has nothing to pay for and does not go back'
FROM posted WHERE kind = 'unapplied' AND amount <> 0
UNION ALL
SELECT 'disputes_agree', 'payments ' || m.payment_id,
       'dispute hold has ' || -m.hold || ', open disputes say ' || coalesce(f.open, 0)
FROM money m LEFT JOIN fought f ON f.payment_id = m.payment_id AND f.currency = m.currency
WHERE -m.hold <> coalesce(f.open, 0) OR (m.dispute_id IS NULL) <> (coalesce(f.open, 0) = 0)
UNION ALL
SELECT 'payment_status_agrees', 'payments ' || p.id,
       p.status || ', of ' || c.captured || ' that came ' || coalesce(g.arrived, 0) + coalesce(f.lost, 0) || ' went back'
FROM payments p
JOIN came c ON c.payment_id = p.id AND c.currency = p.currency
LEFT JOIN going_back g ON g.payment_id = p.id AND g.currency = p.currency
LEFT JOIN fought f ON f.payment_id = p.id AND f.currency = p.currency
WHERE CASE p.status::text
    WHEN 'SUCCESS'  THEN c.captured = coalesce(g.arrived, 0) + coalesce(f.lost, 0) AND coalesce(g.in_flight, 0) = 0
    WHEN 'REFUNDED' THEN coalesce(g.arrived, 0) + coalesce(f.lost, 0) < p.amount * 100
    ELSE false
END
UNION ALL
SELECT 'service_was_paid', 'sessions ' || s.id, s.status || ' without captured money'
FROM sessions s JOIN session_terms t ON t.session_id = s.id
WHERE s.status IN ('PAID', 'SCHEDULED', 'COMPLETED')
  AND NOT EXISTS (SELECT 1 FROM admin_ledger a WHERE a.session_id = s.id)
UNION ALL
SELECT 'numbers_leave_none_out', 'document_series ' || s.series || '-' || s.year,
       s.next - 1 || ' were taken, there are ' || count(d.place) || ' up to ' || coalesce(max(d.place), 0)
FROM document_series s LEFT JOIN issued_documents d ON d.series = s.series AND d.year = s.year
GROUP BY s.series, s.year, s.next
HAVING count(d.place) <> s.next - 1 OR coalesce(max(d.place), 0) <> s.next - 1
ORDER BY law, place
LIMIT 1000
