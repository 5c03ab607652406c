-- Money: a journal that always balances, what goes back, what is paid out, what is disputed, who approves.

CREATE TABLE ledger_accounts (
    id       text        NOT NULL, -- kind:currency, and :owner where a mentor has it
    kind     varchar(30) NOT NULL,
    class    varchar(10) NOT NULL CHECK (class::text IN ('asset', 'liability', 'revenue', 'expense')),
    owner_id text        REFERENCES users (id) ON DELETE RESTRICT,
    currency varchar(3)  NOT NULL,
    balance  bigint      NOT NULL DEFAULT 0, -- minor units: credits are positive, debits negative
    CONSTRAINT ledger_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_accounts_not_overdrawn CHECK (class::text NOT IN ('liability', 'revenue') OR balance >= 0)
);
CREATE INDEX ledger_accounts_owner ON ledger_accounts (owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE journal_entries (
    id             bigint       GENERATED ALWAYS AS IDENTITY,
    kind           varchar(30)  NOT NULL,
    source_id      text         NOT NULL, -- the row that caused it
    source_version integer      NOT NULL,
    payment_id     text         REFERENCES payments (id) ON DELETE RESTRICT,
    currency       varchar(3)   NOT NULL,
    posted_at      timestamp(6) NOT NULL,
    CONSTRAINT journal_entries_pkey PRIMARY KEY (id),
    CONSTRAINT journal_entries_once UNIQUE (source_id, kind, source_version)
);
CREATE INDEX journal_entries_payment ON journal_entries (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX journal_entries_posted ON journal_entries (posted_at, id);

CREATE TABLE journal_lines (
    entry_id   bigint NOT NULL REFERENCES journal_entries (id) ON DELETE RESTRICT,
    account_id text   NOT NULL REFERENCES ledger_accounts (id) ON DELETE RESTRICT,
    amount     bigint NOT NULL CHECK (amount <> 0),
    CONSTRAINT journal_lines_pkey PRIMARY KEY (entry_id, account_id)
);
CREATE INDEX journal_lines_account ON journal_lines (account_id, entry_id);

-- Nothing that was posted changes; what was wrong is posted the other way round.
CREATE TRIGGER journal_entries_are_kept BEFORE UPDATE OR DELETE ON journal_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_lines_are_kept BEFORE UPDATE OR DELETE ON journal_lines
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entries_are_not_emptied BEFORE TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_lines_are_not_emptied BEFORE TRUNCATE ON journal_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_accounts_are_kept BEFORE DELETE ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- When the transaction ends every entry that it touched adds up to zero, in one currency.
CREATE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER journal_entries_balance AFTER INSERT ON journal_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();
CREATE CONSTRAINT TRIGGER journal_lines_balance AFTER INSERT ON journal_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();

-- Balances follow the lines in the same statement, whichever program posts. The accounts are locked by key, so that
-- two postings never wait for each other.
CREATE FUNCTION follow_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM public.ledger_accounts
    WHERE id IN (SELECT account_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.ledger_accounts a
    SET balance = a.balance + sums.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM added GROUP BY account_id) sums
    WHERE a.id = sums.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_lines_move_balances AFTER INSERT ON journal_lines
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION follow_lines();

-- And nothing else moves them.
CREATE FUNCTION refuse_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'balances follow the journal''s lines' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_accounts_follow BEFORE UPDATE ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION refuse_balance();
CREATE FUNCTION refuse_opening_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account begins with nothing' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER ledger_accounts_begin_empty BEFORE INSERT ON ledger_accounts
    FOR EACH ROW WHEN (NEW.balance <> 0) EXECUTE FUNCTION refuse_opening_balance();

ALTER TABLE ledger_terms
    ADD COLUMN clawed_minor     bigint  NOT NULL DEFAULT 0 CHECK (clawed_minor >= 0),
    ADD COLUMN clawed_fee_minor bigint  NOT NULL DEFAULT 0 CHECK (clawed_fee_minor BETWEEN 0 AND clawed_minor),
    ADD COLUMN held_reason      varchar(500),
    ADD COLUMN dispute_id       text,
    ADD COLUMN attempts         integer NOT NULL DEFAULT 0 CHECK (attempts >= 0);

ALTER TABLE refunds
    ADD COLUMN attempt    varchar(255),
    ADD COLUMN source     varchar(20)  NOT NULL DEFAULT 'escrow',
    ADD COLUMN reason     varchar(500),
    ADD COLUMN asked_by   text         REFERENCES operators (id) ON DELETE RESTRICT,
    ADD COLUMN tries      integer      NOT NULL DEFAULT 0 CHECK (tries >= 0),
    ADD COLUMN failure    varchar(500),
    ADD COLUMN updated_at timestamp(6),
    ADD COLUMN version    integer      NOT NULL DEFAULT 0;
UPDATE refunds r SET attempt = coalesce(p.gateway_payment_id, ''), updated_at = r.requested_at
FROM payments p WHERE p.id = r.payment_id;
ALTER TABLE refunds
    ALTER COLUMN attempt SET NOT NULL,
    ALTER COLUMN updated_at SET NOT NULL,
    ALTER COLUMN source DROP DEFAULT;
CREATE INDEX refunds_open ON refunds (id) WHERE status::text <> 'PROCESSED';

CREATE TABLE payout_attempts (
    id           text         NOT NULL, -- also the key under which the provider is asked
    payment_id   text         NOT NULL REFERENCES payments (id) ON DELETE RESTRICT,
    mentor_id    text         NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    number       integer      NOT NULL CHECK (number > 0),
    amount_minor bigint       NOT NULL CHECK (amount_minor > 0),
    currency     varchar(3)   NOT NULL,
    adapter      varchar(30)  NOT NULL,
    status       varchar(20)  NOT NULL,
    reference    varchar(100),
    failure      varchar(500),
    started_by   text         REFERENCES operators (id) ON DELETE RESTRICT,
    started_at   timestamp(6) NOT NULL,
    settled_at   timestamp(6),
    version      integer      NOT NULL DEFAULT 0,
    CONSTRAINT payout_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT payout_attempts_number UNIQUE (payment_id, number)
);
CREATE UNIQUE INDEX payout_attempts_one_open ON payout_attempts (payment_id) WHERE status::text = 'SUBMITTED';
CREATE INDEX payout_attempts_mentor ON payout_attempts (mentor_id, started_at);

CREATE TABLE disputes (
    id           text         NOT NULL,
    payment_id   text         NOT NULL REFERENCES payments (id) ON DELETE RESTRICT,
    gateway_key  varchar(255) NOT NULL,
    amount_minor bigint       NOT NULL CHECK (amount_minor > 0),
    currency     varchar(3)   NOT NULL,
    status       varchar(20)  NOT NULL,
    opened_at    timestamp(6) NOT NULL,
    decided_at   timestamp(6),
    version      integer      NOT NULL DEFAULT 0,
    CONSTRAINT disputes_pkey PRIMARY KEY (id),
    CONSTRAINT disputes_once UNIQUE (payment_id, gateway_key)
);
CREATE UNIQUE INDEX disputes_one_open ON disputes (payment_id) WHERE status::text = 'OPEN';
CREATE INDEX disputes_status ON disputes (status, id);

-- What one operator asks and another approves.
CREATE TABLE approvals (
    id           text         NOT NULL,
    kind         varchar(20)  NOT NULL,
    payment_id   text         NOT NULL REFERENCES payments (id) ON DELETE RESTRICT,
    amount_minor bigint       NOT NULL CHECK (amount_minor > 0),
    currency     varchar(3)   NOT NULL,
    reason       varchar(500) NOT NULL,
    status       varchar(20)  NOT NULL,
    asked_by     text         NOT NULL REFERENCES operators (id) ON DELETE RESTRICT,
    asked_at     timestamp(6) NOT NULL,
    decided_by   text         REFERENCES operators (id) ON DELETE RESTRICT,
    decided_at   timestamp(6),
    CONSTRAINT approvals_pkey PRIMARY KEY (id),
    CONSTRAINT approvals_by_two CHECK (status::text <> 'APPROVED' OR decided_by <> asked_by),
    CONSTRAINT approvals_decision CHECK ((decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (status::text = 'WAITING'))
);
CREATE UNIQUE INDEX approvals_one_waiting ON approvals (payment_id, kind) WHERE status::text = 'WAITING';

-- What a gateway has paid us out, by its settlement report.
CREATE TABLE settlements (
    reference    varchar(100) NOT NULL,
    amount_minor bigint       NOT NULL CHECK (amount_minor > 0), -- what came out of clearing, the fee included
    fee_minor    bigint       NOT NULL CHECK (fee_minor BETWEEN 0 AND amount_minor),
    currency     varchar(3)   NOT NULL,
    recorded_by  text         NOT NULL REFERENCES operators (id) ON DELETE RESTRICT,
    recorded_at  timestamp(6) NOT NULL,
    CONSTRAINT settlements_pkey PRIMARY KEY (reference)
);
