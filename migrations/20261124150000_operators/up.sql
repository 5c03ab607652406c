-- The staff: accounts of their own, what each may do, how each logs in. And how people stand with the house.

CREATE TABLE operators (
    id               text         NOT NULL,
    email            varchar(254) NOT NULL, -- in lower case
    password_hash    varchar(255) NOT NULL,
    totp_secret      varchar(64)  NOT NULL, -- base 32
    totp_last_step   bigint       NOT NULL DEFAULT 0,
    user_id          text         REFERENCES users (id) ON DELETE RESTRICT,
    token_version    integer      NOT NULL DEFAULT 0,
    tokens_raised_at timestamp(6),
    created_at       timestamp(6) NOT NULL,
    updated_at       timestamp(6) NOT NULL,
    CONSTRAINT operators_pkey PRIMARY KEY (id),
    CONSTRAINT operators_email_key UNIQUE (email),
    CONSTRAINT operators_user_id_key UNIQUE (user_id)
);
-- Servers ask again and again whose tokens were revoked lately.
CREATE INDEX operators_raised ON operators (tokens_raised_at) WHERE tokens_raised_at IS NOT NULL;

CREATE TABLE operator_permissions (
    operator_id text         NOT NULL REFERENCES operators (id) ON DELETE RESTRICT,
    permission  varchar(20)  NOT NULL
        CHECK (permission::text IN ('payouts', 'refunds', 'disputes', 'users', 'content', 'studio')),
    granted_at  timestamp(6) NOT NULL,
    CONSTRAINT operator_permissions_pkey PRIMARY KEY (operator_id, permission)
);
CREATE INDEX operator_permissions_holders ON operator_permissions (permission);

-- A code that was used is gone.
CREATE TABLE operator_backup_codes (
    operator_id text        NOT NULL REFERENCES operators (id) ON DELETE RESTRICT,
    code_hash   varchar(64) NOT NULL,
    CONSTRAINT operator_backup_codes_pkey PRIMARY KEY (operator_id, code_hash)
);

CREATE TABLE operator_refresh_tokens (
    hash        varchar(64)  NOT NULL,
    family      text         NOT NULL,
    operator_id text         NOT NULL REFERENCES operators (id) ON DELETE RESTRICT,
    created_at  timestamp(6) NOT NULL,
    expires_at  timestamp(6) NOT NULL,
    used_at     timestamp(6),
    revoked_at  timestamp(6),
    CONSTRAINT operator_refresh_tokens_pkey PRIMARY KEY (hash)
);
CREATE INDEX operator_refresh_tokens_family ON operator_refresh_tokens (family);
CREATE INDEX operator_refresh_tokens_operator ON operator_refresh_tokens (operator_id);

-- As idempotency_keys, whose callers are users. An operator's key is never a user's, whatever the two are called.
CREATE TABLE operator_idempotency_keys (
    operator_id varchar(255) NOT NULL,
    method      varchar(10)  NOT NULL,
    route       varchar(600) NOT NULL,
    key         varchar(255) NOT NULL,
    fingerprint varchar(64)  NOT NULL,
    status      smallint     NOT NULL,
    location    varchar(600),
    body        jsonb        NOT NULL,
    created_at  timestamp(6) NOT NULL,
    expires_at  timestamp(6) NOT NULL,
    CONSTRAINT operator_idempotency_keys_pkey PRIMARY KEY (operator_id, method, route, key)
);
CREATE INDEX operator_idempotency_keys_expiry ON operator_idempotency_keys (expires_at);

-- What kind of account actor_id is: user or operator. Entries from before this column are by users.
ALTER TABLE audit_events ADD COLUMN actor_kind varchar(20) CHECK (actor_kind::text IN ('user', 'operator'));
CREATE INDEX audit_events_action ON audit_events (action, id);
CREATE INDEX audit_events_at ON audit_events (at, id);

ALTER TABLE user_settings ADD COLUMN suspended_at      timestamp(6);
ALTER TABLE user_settings ADD COLUMN suspension_reason varchar(500);
ALTER TABLE user_settings ADD COLUMN tokens_raised_at  timestamp(6);
ALTER TABLE user_settings ADD CONSTRAINT user_settings_suspension
    CHECK ((suspended_at IS NULL) = (suspension_reason IS NULL));
CREATE INDEX user_settings_raised ON user_settings (tokens_raised_at) WHERE tokens_raised_at IS NOT NULL;
CREATE INDEX user_settings_suspended ON user_settings (user_id) WHERE suspended_at IS NOT NULL;

-- Operators look people up by how their address begins.
CREATE INDEX users_email_prefix ON users (lower(email) text_pattern_ops);
