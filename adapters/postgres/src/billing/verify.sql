-- What of the books does not hold: one row for each finding. One statement, so one snapshot. Payments that were taken
-- over have no ledger_terms and are no part of it. Credits are positive, debits negative, all in minor units.
WITH moved AS (
    -- What each entry does, by kind of account; no entry has lines of two mentors' accounts.
    SELECT e.id, e.kind::text AS kind, e.source_id, e.payment_id, e.currency,
           count(l.*) AS lines, coalesce(sum(l.amount), 0)::bigint AS total,
           min(a.currency) FILTER (WHERE a.currency <> e.currency)                             AS other_currency,
           max(a.owner_id)                                                                     AS owner_id,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'escrow'), 0)::bigint                 AS escrow,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'mentor_payable'), 0)::bigint         AS payable,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'payout_in_transit'), 0)::bigint      AS transit,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'platform_revenue'), 0)::bigint       AS revenue,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'dispute_hold'), 0)::bigint           AS hold,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'refund_payable'), 0)::bigint         AS refundable,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'unapplied'), 0)::bigint              AS unapplied,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'gateway_clearing'), 0)::bigint       AS clearing,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'bank'), 0)::bigint                   AS bank,
           coalesce(sum(l.amount) FILTER (WHERE a.kind = 'gateway_fees'), 0)::bigint           AS fees
    FROM journal_entries e
    LEFT JOIN journal_lines l ON l.entry_id = e.id
    LEFT JOIN ledger_accounts a ON a.id = l.account_id
    GROUP BY e.id
), lies AS (
    SELECT payment_id, currency, sum(escrow)::bigint AS escrow, sum(payable)::bigint AS payable,
           sum(transit)::bigint AS transit, sum(revenue)::bigint AS revenue, sum(hold)::bigint AS hold,
           sum(refundable)::bigint AS refundable, sum(unapplied)::bigint AS unapplied,
           coalesce(-sum(clearing) FILTER (WHERE kind IN ('capture', 'capture_unapplied')), 0)::bigint AS captured
    FROM moved WHERE payment_id IS NOT NULL
    GROUP BY payment_id, currency
), caused AS (
    -- What was posted because of one row.
    SELECT source_id, payment_id, currency,
           max(owner_id) FILTER (WHERE kind = 'payout_started')                                      AS mentor_id,
           coalesce(sum(transit) FILTER (WHERE kind = 'payout_started'), 0)::bigint                  AS sent,
           coalesce(sum(payable) FILTER (WHERE kind = 'payout_failed'), 0)::bigint                   AS stayed,
           coalesce(sum(bank) FILTER (WHERE kind = 'payout_paid'), 0)::bigint                        AS paid,
           coalesce(-sum(bank) FILTER (WHERE kind = 'payout_returned'), 0)::bigint                   AS returned,
           coalesce(-sum(escrow) FILTER (WHERE kind = 'refund_requested'), 0)::bigint                AS from_escrow,
           coalesce(-sum(unapplied) FILTER (WHERE kind = 'refund_requested'), 0)::bigint             AS from_unapplied,
           coalesce(sum(refundable) FILTER (WHERE kind = 'claw_back'), 0)::bigint                    AS clawed,
           coalesce(sum(clearing) FILTER (WHERE kind = 'refund_processed'), 0)::bigint               AS arrived,
           coalesce(sum(hold) FILTER (WHERE kind = 'dispute_lost'), 0)::bigint                       AS lost,
           coalesce(-sum(revenue) FILTER (WHERE kind IN ('claw_back', 'dispute_lost')), 0)::bigint   AS fee_given_up,
           coalesce(-sum(clearing) FILTER (WHERE kind IN ('capture', 'capture_unapplied')), 0)::bigint AS came,
           coalesce(sum(clearing) FILTER (WHERE kind = 'settlement'), 0)::bigint                     AS settled,
           coalesce(-sum(fees) FILTER (WHERE kind = 'settlement'), 0)::bigint                        AS kept,
           coalesce(-sum(clearing) FILTER (WHERE kind = 'settlement_reversed'), 0)::bigint           AS reversed,
           coalesce(sum(fees) FILTER (WHERE kind = 'settlement_reversed'), 0)::bigint                AS kept_reversed
    FROM moved GROUP BY source_id, payment_id, currency
), earned AS (
    -- The fee that was earned with the share that was paid out, or came back.
    SELECT p.source_id, p.kind, (array_agg(x.revenue ORDER BY x.id DESC))[1] AS fee
    FROM moved p JOIN moved x ON x.payment_id = p.payment_id AND x.kind = 'earn' AND x.id < p.id
    WHERE p.kind IN ('payout_paid', 'payout_returned') GROUP BY p.source_id, p.kind
), money AS (
    SELECT a.payment_id, a.session_id, a.mentor_id, a.payout_status::text AS status, t.currency,
           (a.amount * 100)::bigint               AS amount,
           (a.mentor_payout_amount * 100)::bigint AS payout,
           (a.platform_fee * 100)::bigint         AS fee,
           t.refunded_minor AS refunded, t.clawed_minor AS clawed, t.clawed_fee_minor AS clawed_fee,
           t.attempts, t.voided_at, t.dispute_id,
           coalesce(l.escrow, 0) AS escrow, coalesce(l.payable, 0) AS payable, coalesce(l.transit, 0) AS transit,
           coalesce(l.revenue, 0) AS revenue, coalesce(l.hold, 0) AS hold
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
), shares AS (
    -- What lies on mentors' own accounts.
    SELECT mentor_id, currency, 'mentor_payable' AS kind, sum(payout)::bigint AS amount
    FROM money WHERE status = 'READY' GROUP BY mentor_id, currency
    UNION ALL
    SELECT mentor_id, currency, 'payout_in_transit', sum(payout)::bigint
    FROM money WHERE status = 'PROCESSING' GROUP BY mentor_id, currency
    UNION ALL
    SELECT mentor_id, currency, 'mentor_receivable', sum(clawed_fee - clawed)::bigint
    FROM money WHERE clawed > 0 GROUP BY mentor_id, currency
), sources AS (
    SELECT 'split' AS what, payment_id AS id, payment_id FROM money
    UNION ALL
    SELECT 'fact', gateway || ':' || attempt, payment_id FROM gateway_facts
    WHERE kind = 'captured' AND outcome IN ('late', 'second', 'mismatch')
    UNION ALL
    SELECT 'refund', id, payment_id FROM refunds
    UNION ALL
    SELECT 'try', id, payment_id FROM payout_attempts
    UNION ALL
    SELECT 'dispute', id, payment_id FROM disputes
    UNION ALL
    SELECT 'settlement', reference, NULL FROM settlements
    UNION ALL
    SELECT 'reversal', reference, NULL FROM settlement_reversals
)
SELECT 'entries_balance' AS law, 'journal_entries ' || id AS place,
       CASE WHEN other_currency IS NOT NULL THEN 'it is in ' || currency || ', an account of it in ' || other_currency
            ELSE 'its lines add up to ' || total || ' and are ' || lines END AS detail
FROM moved WHERE total <> 0 OR lines < 2 OR other_currency IS NOT NULL
UNION ALL
SELECT 'sources_exist', 'journal_entries ' || e.id, e.kind || ' of ' || e.source_id || ', which is not there'
FROM moved e
WHERE NOT EXISTS (
    SELECT FROM sources s
    WHERE s.id = e.source_id AND s.payment_id IS NOT DISTINCT FROM e.payment_id AND s.what = CASE
        WHEN e.kind IN ('capture', 'earn', 'unearn') THEN 'split'
        WHEN e.kind = 'capture_unapplied' THEN 'fact'
        WHEN e.kind IN ('refund_requested', 'refund_processed', 'claw_back') THEN 'refund'
        WHEN e.kind IN ('payout_started', 'payout_paid', 'payout_failed', 'payout_returned') THEN 'try'
        WHEN e.kind IN ('dispute_opened', 'dispute_won', 'dispute_lost') THEN 'dispute'
        WHEN e.kind = 'settlement' THEN 'settlement'
        WHEN e.kind = 'settlement_reversed' THEN 'reversal'
    END
)
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
           - (SELECT coalesce(sum(amount_minor), 0) FROM settlements s WHERE s.currency = a.currency
              AND NOT EXISTS (SELECT FROM settlement_reversals r WHERE r.reference = s.reference)) AS expected
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
       'refund payable holds ' || coalesce(p.refundable, 0) || ', ' || coalesce(g.in_flight, 0) || ' is on its way'
FROM lies p
FULL JOIN going_back g ON g.payment_id = p.payment_id AND g.currency = p.currency
WHERE coalesce(p.refundable, 0) <> coalesce(g.in_flight, 0)
UNION ALL
SELECT 'refunds_follow_entries', 'refunds ' || id,
       status || ' of ' || amount_minor || ' from ' || source || ', the journal says ' || coalesce(asked, 0)
       || ', of which ' || coalesce(arrived, 0) || ' went back'
FROM (
    SELECT r.id, r.status::text AS status, r.amount_minor, r.source, c.arrived,
           CASE r.source WHEN 'escrow' THEN c.from_escrow WHEN 'unapplied' THEN c.from_unapplied ELSE c.clawed END AS asked
    FROM refunds r
    LEFT JOIN caused c ON c.source_id = r.id AND c.payment_id = r.payment_id AND c.currency = r.currency
) b
WHERE coalesce(asked, 0) <> amount_minor
   OR coalesce(arrived, 0) <> CASE status WHEN 'PROCESSED' THEN amount_minor ELSE 0 END
UNION ALL
SELECT 'refunds_are_covered', 'payments ' || g.payment_id,
       'of ' || coalesce(c.captured, 0) || ' that came ' || g.arrived + g.in_flight + coalesce(f.lost, 0) || ' goes back'
FROM going_back g
LEFT JOIN came c ON c.payment_id = g.payment_id AND c.currency = g.currency
LEFT JOIN fought f ON f.payment_id = g.payment_id AND f.currency = g.currency
WHERE g.arrived + g.in_flight + coalesce(f.lost, 0) > coalesce(c.captured, 0)
UNION ALL
SELECT 'unapplied_is_empty', 'payments ' || payment_id, unapplied || ' has nothing to pay for and does not go back'
FROM lies WHERE unapplied <> 0
UNION ALL
SELECT 'captures_follow_entries', 'payments ' || coalesce(l.payment_id, c.payment_id),
       'the gateway told of ' || coalesce(c.captured, 0) || ', the journal of ' || coalesce(l.captured, 0)
FROM lies l
FULL JOIN came c ON c.payment_id = l.payment_id AND c.currency = l.currency
WHERE coalesce(l.captured, 0) <> coalesce(c.captured, 0)
UNION ALL
SELECT 'amounts_agree', 'payments ' || p.id,
       'it is of ' || (p.amount * 100)::bigint || ' ' || p.currency || ', the split of ' || m.amount || ' ' || m.currency
       || ', the capture of ' || coalesce(c.came, m.amount)
FROM money m
JOIN payments p ON p.id = m.payment_id
LEFT JOIN caused c ON c.source_id = m.payment_id AND c.payment_id = m.payment_id AND c.currency = m.currency
WHERE p.amount * 100 <> m.amount OR p.currency <> m.currency OR coalesce(c.came, m.amount) <> m.amount
UNION ALL
SELECT 'parties_agree', 'payments ' || m.payment_id,
       'the split names ' || m.mentor_id || ' and ' || m.session_id || ', the session ' || s.id || ' ' || s.mentor_id
FROM money m
JOIN payments p ON p.id = m.payment_id
JOIN sessions s ON s.id = p.session_id
WHERE s.mentor_id <> m.mentor_id OR s.id <> m.session_id
UNION ALL
SELECT 'mentors_accounts_agree', 'ledger_accounts ' || coalesce(a.id, s.kind || ':' || s.currency || ':' || s.mentor_id),
       'its balance is ' || coalesce(a.balance, 0) || ', what became of the shares of that mentor says '
       || coalesce(s.amount, 0)
FROM (SELECT id, kind::text AS kind, currency, owner_id, balance FROM ledger_accounts WHERE owner_id IS NOT NULL) a
FULL JOIN shares s ON s.kind = a.kind AND s.mentor_id = a.owner_id AND s.currency = a.currency
WHERE coalesce(a.balance, 0) <> coalesce(s.amount, 0)
UNION ALL
SELECT 'payouts_follow_entries', 'payout_attempts ' || t.id,
       t.status || ', ' || t.amount_minor || ' to ' || t.mentor_id || '; the split says ' || m.payout || ' to '
       || m.mentor_id || ', the journal ' || coalesce(c.sent, 0) || ' to ' || coalesce(c.mentor_id, 'nobody')
       || ', of which ' || coalesce(c.paid, 0) || ' left the bank, ' || coalesce(c.returned, 0) || ' came back and '
       || coalesce(c.stayed, 0) || ' never left'
FROM payout_attempts t
JOIN money m ON m.payment_id = t.payment_id
LEFT JOIN caused c ON c.source_id = t.id AND c.payment_id = t.payment_id AND c.currency = t.currency
WHERE t.mentor_id <> m.mentor_id OR t.currency <> m.currency
   OR (t.number = m.attempts AND t.status IN ('SUBMITTED', 'PAID') AND t.amount_minor <> m.payout)
   OR coalesce(c.sent, 0) <> t.amount_minor OR c.mentor_id <> t.mentor_id
   OR coalesce(c.paid, 0) <> CASE WHEN t.status IN ('PAID', 'RETURNED') THEN t.amount_minor ELSE 0 END
   OR coalesce(c.returned, 0) <> CASE t.status WHEN 'RETURNED' THEN t.amount_minor ELSE 0 END
   OR coalesce(c.stayed, 0) <> CASE t.status WHEN 'FAILED' THEN t.amount_minor ELSE 0 END
UNION ALL
SELECT 'settlements_follow_entries', 'settlements ' || s.reference,
       s.amount_minor || ' with a fee of ' || s.fee_minor || ', the journal says ' || coalesce(c.settled, 0) || ' and '
       || coalesce(c.kept, 0) || ', and the other way round ' || coalesce(c.reversed, 0) || ' and '
       || coalesce(c.kept_reversed, 0)
FROM settlements s
LEFT JOIN settlement_reversals r ON r.reference = s.reference
LEFT JOIN caused c ON c.source_id = s.reference AND c.payment_id IS NULL AND c.currency = s.currency
WHERE coalesce(c.settled, 0) <> s.amount_minor OR coalesce(c.kept, 0) <> s.fee_minor
   OR coalesce(c.reversed, 0) <> CASE WHEN r.reference IS NULL THEN 0 ELSE s.amount_minor END
   OR coalesce(c.kept_reversed, 0) <> CASE WHEN r.reference IS NULL THEN 0 ELSE s.fee_minor END
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
SELECT 'capture_means_success', 'payments ' || p.id, p.status || ', although its capture was posted'
FROM moved c JOIN payments p ON p.id = c.payment_id
WHERE c.kind = 'capture' AND p.status::text NOT IN ('SUCCESS', 'REFUNDED')
UNION ALL
SELECT 'documents_agree', 'issued_documents ' || d.number,
       'a ' || d.kind || ' of ' || d.amount_minor || ' to ' || d.person_id || ', what caused it is of '
       || coalesce(d.expected, 0)
FROM (
    SELECT i.number, i.kind::text AS kind, i.amount_minor, i.person_id, s.student_id, s.mentor_id,
           CASE i.kind WHEN 'receipt' THEN c.came WHEN 'credit_note' THEN c.arrived + c.lost WHEN 'fee_invoice' THEN e.fee
                       ELSE coalesce(nullif(c.fee_given_up, 0), e.fee) END AS expected
    FROM issued_documents i
    JOIN payments p ON p.id = i.payment_id
    JOIN sessions s ON s.id = p.session_id
    LEFT JOIN caused c ON c.source_id = i.source_id AND c.payment_id = i.payment_id AND c.currency = i.currency
    LEFT JOIN earned e ON e.source_id = i.source_id
        AND e.kind = CASE i.kind WHEN 'fee_invoice' THEN 'payout_paid' ELSE 'payout_returned' END
) d
WHERE d.amount_minor <> coalesce(d.expected, 0)
   OR d.person_id <> CASE WHEN d.kind IN ('receipt', 'credit_note') THEN d.student_id ELSE d.mentor_id END
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
