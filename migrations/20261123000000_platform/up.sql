-- What every context shares: events on their way out, work for later, who did what, answers given.
-- Times are UTC without zone, as everywhere in this database; the application writes each of them.

CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          varchar(80)  NOT NULL,
    subject       varchar(255) NOT NULL,
    facts         jsonb        NOT NULL,
    created_at    timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    dispatched_at timestamp(6)
);
-- The dispatcher asks for what is not dispatched, in order.
CREATE INDEX outbox_waiting ON outbox (id) WHERE dispatched_at IS NULL;

CREATE TABLE jobs (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        varchar(80)  NOT NULL,
    subject     varchar(600) NOT NULL,
    version     bigint       NOT NULL,
    payload     jsonb        NOT NULL,
    run_at      timestamp(6) NOT NULL,
    attempts    integer      NOT NULL DEFAULT 0,
    leased_by   varchar(100),
    leased_until timestamp(6),
    finished_at timestamp(6),
    dead_at     timestamp(6),
    last_error  text,
    CONSTRAINT jobs_once UNIQUE (kind, subject, version)
);
CREATE INDEX jobs_waiting ON jobs (run_at, id) WHERE finished_at IS NULL AND dead_at IS NULL;
CREATE INDEX jobs_dead ON jobs (dead_at) WHERE dead_at IS NOT NULL;

CREATE TABLE audit_events (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamp(6) NOT NULL,
    actor_id varchar(255),
    action   varchar(80)  NOT NULL,
    subject  varchar(255) NOT NULL,
    details  jsonb        NOT NULL
);
CREATE INDEX audit_events_subject ON audit_events (subject, id);
CREATE INDEX audit_events_actor ON audit_events (actor_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE idempotency_keys (
    user_id     varchar(255) NOT NULL,
    method      varchar(10)  NOT NULL,
    route       varchar(600) NOT NULL,
    key         varchar(255) NOT NULL,
    fingerprint varchar(64)     NOT NULL,
    status      smallint     NOT NULL,
    location    varchar(600),
    body        jsonb        NOT NULL,
    created_at  timestamp(6) NOT NULL,
    expires_at  timestamp(6) NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, method, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Two names are the same skill when this is equal: lower case, every run of other than letters and digits one
-- hyphen. The application has the same function; a test compares the two.
CREATE FUNCTION skill_slug(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(lower(name), '[^[:alnum:]]+', '-', 'g');
CREATE INDEX courses_skill_slug ON courses (skill_slug(title));
CREATE INDEX plans_skill_slug ON plans (skill_slug(skill_name));
