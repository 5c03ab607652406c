-- How sessions end, what happens to single meetings, and what goes back to the student.

ALTER TABLE session_terms
    ADD COLUMN ended_by varchar(20),
    ADD COLUMN ended_at timestamp(6),
    ADD CONSTRAINT session_terms_end CHECK ((ended_by IS NULL) = (ended_at IS NULL));

ALTER TABLE session_item_terms
    ADD COLUMN moves             smallint NOT NULL DEFAULT 0 CHECK (moves >= 0),
    ADD COLUMN proposed_by       varchar(10),
    ADD COLUMN proposed_start    timestamp(6),
    ADD COLUMN proposed_minute   smallint CHECK (proposed_minute BETWEEN 0 AND 1439), -- after midnight
    ADD COLUMN proposed_at       timestamp(6),
    ADD COLUMN reported_at       timestamp(6),
    ADD COLUMN report_note       varchar(1000),
    ADD COLUMN report_upheld     boolean,
    ADD COLUMN report_decided_at timestamp(6),
    ADD COLUMN reminded_day      boolean NOT NULL DEFAULT false,
    ADD COLUMN reminded_hour     boolean NOT NULL DEFAULT false,
    ADD COLUMN completed_at      timestamp(6),
    ADD COLUMN cancelled_at      timestamp(6),
    ADD CONSTRAINT session_item_terms_proposal
        CHECK (num_nulls(proposed_by, proposed_start, proposed_minute, proposed_at) IN (0, 4)),
    ADD CONSTRAINT session_item_terms_decision
        CHECK ((report_upheld IS NULL) = (report_decided_at IS NULL) AND (reported_at IS NOT NULL OR report_decided_at IS NULL)),
    ADD CONSTRAINT session_item_terms_one_end CHECK (completed_at IS NULL OR cancelled_at IS NULL);
-- The queue of reports that wait for an operator.
CREATE INDEX session_item_terms_reported ON session_item_terms (reported_at, schedule_id)
    WHERE reported_at IS NOT NULL AND report_decided_at IS NULL;

ALTER TABLE ledger_terms
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    ADD COLUMN hold_until     timestamp(6);

CREATE TABLE refunds (
    id           text PRIMARY KEY,
    payment_id   text         NOT NULL REFERENCES payments (id) ON DELETE RESTRICT,
    amount_minor bigint       NOT NULL CHECK (amount_minor > 0),
    currency     varchar(3)   NOT NULL,
    cause        varchar(20)  NOT NULL,
    status       varchar(20)  NOT NULL,
    requested_at timestamp(6) NOT NULL
);
CREATE INDEX refunds_payment ON refunds (payment_id);
