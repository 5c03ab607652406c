UPDATE approvals SET status = 'DECLINED', decided_by = asked_by WHERE status::text = 'LAPSED';
ALTER TABLE approvals DROP CONSTRAINT approvals_decision;
ALTER TABLE approvals ADD CONSTRAINT approvals_decision
    CHECK ((decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (status::text = 'WAITING'));
DROP INDEX payout_attempts_reference;
DROP TRIGGER audit_events_are_not_emptied ON audit_events;
DROP TRIGGER gateway_facts_are_not_emptied ON gateway_facts;
DROP TRIGGER gateway_facts_are_kept ON gateway_facts;
DROP TRIGGER settlements_are_not_emptied ON settlements;
DROP TRIGGER settlements_are_kept ON settlements;
DROP TABLE settlement_reversals;
CREATE OR REPLACE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := CASE WHEN TG_TABLE_NAME = 'journal_lines' THEN (to_jsonb(NEW) ->> 'entry_id')::bigint
                         ELSE (to_jsonb(NEW) ->> 'id')::bigint END;
    total  numeric;
    lines  bigint;
    mixed  boolean;
BEGIN
    SELECT sum(l.amount), count(*), bool_or(a.currency <> e.currency)
    INTO total, lines, mixed
    FROM public.journal_entries e
    JOIN public.journal_lines l ON l.entry_id = e.id
    JOIN public.ledger_accounts a ON a.id = l.account_id
    WHERE e.id = entry;
    IF lines < 2 OR total <> 0 OR mixed THEN
        RAISE EXCEPTION 'journal entry % has % lines that add up to %', entry, lines, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_balance';
    END IF;
    RETURN NULL;
END $$;
ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_kind;
DROP TRIGGER journal_lines_are_not_late ON journal_lines;
DROP FUNCTION refuse_late_lines();
DROP TRIGGER journal_entries_are_marked ON journal_entries;
DROP FUNCTION mark_entry();
ALTER TABLE journal_entries DROP COLUMN posted_in;
