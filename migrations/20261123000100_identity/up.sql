-- What accounts need beyond the table users. A user without a row here was taken over: the address counts as
-- confirmed, the zone is Asia/Kolkata, the token version 0.

CREATE TABLE user_settings (
    user_id           text PRIMARY KEY REFERENCES users (id) ON DELETE RESTRICT,
    zone              varchar(60)  NOT NULL DEFAULT 'Asia/Kolkata',
    token_version     integer      NOT NULL DEFAULT 0,
    email_verified_at timestamp(6),
    updated_at        timestamp(6) NOT NULL
);

CREATE TABLE sign_ups (
    id            text PRIMARY KEY,
    email         varchar(254) NOT NULL,
    name          varchar(100) NOT NULL,
    role          "Role"       NOT NULL,
    password_hash varchar(255) NOT NULL,
    code_hash     varchar(64)     NOT NULL,
    created_at    timestamp(6) NOT NULL,
    expires_at    timestamp(6) NOT NULL,
    attempts      integer      NOT NULL DEFAULT 0
);
CREATE INDEX sign_ups_email ON sign_ups (email, created_at DESC);

CREATE TABLE refresh_tokens (
    hash       varchar(64) PRIMARY KEY,
    family     text         NOT NULL,
    user_id    text         NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    created_at timestamp(6) NOT NULL,
    expires_at timestamp(6) NOT NULL,
    used_at    timestamp(6),
    revoked_at timestamp(6)
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);

-- Addresses are compared without case; the table itself may hold two that differ in case only.
CREATE INDEX users_email_lower ON users (lower(email));
