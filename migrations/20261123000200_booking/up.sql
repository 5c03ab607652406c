-- What booking keeps beside the tables that other programs know. A session without a row in session_terms was
-- taken over: no timer, payout or rule of ours touches it.

CREATE EXTENSION IF NOT EXISTS btree_gist;

ALTER TABLE sessions         ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE session_schedule ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE payments         ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE admin_ledger     ADD COLUMN version integer NOT NULL DEFAULT 0;

-- What was agreed when the session was requested. Spans are in minutes, the price in minor units.
CREATE TABLE session_terms (
    session_id          text PRIMARY KEY REFERENCES sessions (id) ON DELETE RESTRICT,
    student_id          varchar(255) NOT NULL,
    mentor_id           varchar(255) NOT NULL,
    skill_slug          varchar(255) NOT NULL,
    is_live             boolean      NOT NULL,
    price_minor         bigint       NOT NULL CHECK (price_minor BETWEEN 0 AND 9999999999),
    currency            varchar(3)   NOT NULL,
    fee_basis_points    smallint     NOT NULL CHECK (fee_basis_points BETWEEN 0 AND 10000),
    zone                varchar(60)  NOT NULL,
    first_date          date         NOT NULL,
    wall_minute         smallint     NOT NULL CHECK (wall_minute BETWEEN 0 AND 1439), -- after midnight
    offered_weekdays    smallint     NOT NULL CHECK (offered_weekdays BETWEEN 0 AND 127),
    weeks               smallint     NOT NULL CHECK (weeks BETWEEN 1 AND 52),
    per_week            smallint     NOT NULL CHECK (per_week BETWEEN 1 AND 5),
    policy              jsonb        NOT NULL,
    expires_at          timestamp(6) NOT NULL,
    pay_by              timestamp(6),
    reason              varchar(500)
);
-- One live session of the same student, mentor and skill.
CREATE UNIQUE INDEX session_terms_one_live ON session_terms (student_id, mentor_id, skill_slug) WHERE is_live;

CREATE TABLE session_item_terms (
    schedule_id integer PRIMARY KEY REFERENCES session_schedule (id) ON DELETE RESTRICT,
    session_id  text    NOT NULL REFERENCES sessions (id) ON DELETE RESTRICT,
    item        integer NOT NULL CHECK (item >= 1),
    ends_at     timestamp(6) NOT NULL,
    CONSTRAINT session_item_terms_item UNIQUE (session_id, item)
);

-- The hours that approved sessions take from both parties: no two of one person overlap.
CREATE TABLE slot_holds (
    user_id    varchar(255) NOT NULL,
    session_id text         NOT NULL REFERENCES sessions (id) ON DELETE RESTRICT,
    item       integer      NOT NULL,
    during     tsrange      NOT NULL CHECK (NOT isempty(during)),
    CONSTRAINT slot_holds_pkey PRIMARY KEY (session_id, user_id, item),
    CONSTRAINT slot_holds_no_overlap EXCLUDE USING gist (user_id WITH =, during WITH &&)
);

CREATE TABLE ledger_terms (
    payment_id       text PRIMARY KEY REFERENCES payments (id) ON DELETE RESTRICT,
    currency         varchar(3) NOT NULL,
    fee_basis_points smallint NOT NULL CHECK (fee_basis_points BETWEEN 0 AND 10000),
    voided_at        timestamp(6)
);

-- What gateways said, once each, and what was made of it.
CREATE TABLE gateway_facts (
    gateway      varchar(50)  NOT NULL,
    event        varchar(255) NOT NULL,
    payment_id   text         NOT NULL REFERENCES payments (id) ON DELETE RESTRICT,
    order_key    varchar(255) NOT NULL,
    attempt      varchar(255) NOT NULL,
    kind         varchar(20)  NOT NULL,
    amount_minor bigint       NOT NULL,
    currency     varchar(10)  NOT NULL,
    outcome      varchar(20)  NOT NULL,
    recorded_at  timestamp(6) NOT NULL,
    CONSTRAINT gateway_facts_pkey PRIMARY KEY (gateway, event)
);
CREATE INDEX gateway_facts_payment ON gateway_facts (payment_id);

CREATE INDEX payments_gateway_order ON payments (gateway, gateway_order_id);
-- Lists of one's own sessions, by start.
CREATE INDEX sessions_student_start ON sessions (student_id, scheduled_at, id);
CREATE INDEX sessions_mentor_start ON sessions (mentor_id, scheduled_at, id);

-- Money and its sessions are never deleted: an account is anonymised, a session hidden.
CREATE TRIGGER users_are_kept BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sessions_are_kept BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payments_are_kept BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER admin_ledger_is_kept BEFORE DELETE ON admin_ledger FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER courses_are_kept BEFORE DELETE ON courses FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plans_are_kept BEFORE DELETE ON plans FOR EACH ROW EXECUTE FUNCTION refuse_change();
