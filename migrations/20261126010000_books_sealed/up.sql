-- The books are sealed: what was posted takes no more lines, what was recorded is never changed, what was settled by
-- mistake is posted the other way round.

-- The transaction that posted an entry; its lines come in that one alone. What is older knows none, and takes no more.
ALTER TABLE journal_entries ADD COLUMN posted_in bigint;
CREATE FUNCTION mark_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.posted_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_entries_are_marked BEFORE INSERT ON journal_entries
    FOR EACH ROW EXECUTE FUNCTION mark_entry();
CREATE FUNCTION refuse_late_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added l JOIN public.journal_entries e ON e.id = l.entry_id
               WHERE e.posted_in IS DISTINCT FROM pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'what was posted takes no more lines' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_lines_are_not_late AFTER INSERT ON journal_lines
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_lines();

-- The kinds of the code; a test compares the two.
ALTER TABLE journal_entries ADD CONSTRAINT journal_entries_kind CHECK (kind::text IN (
    'capture', 'capture_unapplied', 'refund_requested', 'refund_processed', 'earn', 'unearn',
    'payout_started', 'payout_paid', 'payout_failed', 'payout_returned', 'claw_back', 'dispute_opened',
    'dispute_won', 'dispute_lost', 'settlement', 'settlement_reversed'
)) NOT VALID;
ALTER TABLE journal_entries VALIDATE CONSTRAINT journal_entries_kind;

-- Each way not to balance is told by itself.
CREATE OR REPLACE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := CASE WHEN TG_TABLE_NAME = 'journal_lines' THEN (to_jsonb(NEW) ->> 'entry_id')::bigint
                         ELSE (to_jsonb(NEW) ->> 'id')::bigint END;
    total numeric;
    lines bigint;
    own   text;
    other text;
    wrong text;
BEGIN
    SELECT sum(l.amount), count(*), min(e.currency), min(a.currency) FILTER (WHERE a.currency <> e.currency)
    INTO total, lines, own, other
    FROM public.journal_entries e
    JOIN public.journal_lines l ON l.entry_id = e.id
    JOIN public.ledger_accounts a ON a.id = l.account_id
    WHERE e.id = entry;
    wrong := CASE WHEN lines < 2 THEN format('has %s lines, and it takes two', lines)
                  WHEN other IS NOT NULL THEN format('is in %s, and an account of it in %s', own, other)
                  WHEN total <> 0 THEN format('has lines that add up to %s', total) END;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'journal entry % %', entry, wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entries_balance';
    END IF;
    RETURN NULL;
END $$;

-- A settlement that was recorded by mistake.
CREATE TABLE settlement_reversals (
    reference   varchar(100) NOT NULL REFERENCES settlements (reference) ON DELETE RESTRICT,
    reason      varchar(500) NOT NULL,
    reversed_by text         NOT NULL REFERENCES operators (id) ON DELETE RESTRICT,
    reversed_at timestamp(6) NOT NULL,
    CONSTRAINT settlement_reversals_pkey PRIMARY KEY (reference)
);

-- What the laws of the books compare with the journal is never changed, and the audit not emptied.
CREATE TRIGGER settlements_are_kept BEFORE UPDATE OR DELETE ON settlements
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlements_are_not_emptied BEFORE TRUNCATE ON settlements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlement_reversals_are_kept BEFORE UPDATE OR DELETE ON settlement_reversals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlement_reversals_are_not_emptied BEFORE TRUNCATE ON settlement_reversals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER gateway_facts_are_kept BEFORE UPDATE OR DELETE ON gateway_facts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER gateway_facts_are_not_emptied BEFORE TRUNCATE ON gateway_facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_are_not_emptied BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A bank's reference belongs to one payout.
CREATE INDEX payout_attempts_reference ON payout_attempts (reference) WHERE reference IS NOT NULL;

-- What was asked lapses, decided by nobody, when it was done otherwise.
ALTER TABLE approvals DROP CONSTRAINT approvals_decision;
ALTER TABLE approvals ADD CONSTRAINT approvals_decision CHECK (
    (decided_at IS NULL) = (status::text = 'WAITING')
    AND (decided_by IS NULL) = (status::text IN ('WAITING', 'LAPSED'))
) NOT VALID;
ALTER TABLE approvals VALIDATE CONSTRAINT approvals_decision;
