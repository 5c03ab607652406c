DROP INDEX plans_skill_slug;
DROP INDEX courses_skill_slug;
DROP FUNCTION skill_slug(text);
DROP TABLE idempotency_keys;
DROP TABLE audit_events;
DROP FUNCTION refuse_change();
DROP TABLE jobs;
DROP TABLE outbox;
