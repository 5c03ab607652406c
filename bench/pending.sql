-- Requests that wait for their mentor, as many as `count`, by students of their own from 1500000: what approving is
-- measured on. No two approved ones overlap. Their keys begin at 5000000.
\set QUIET on
SET synchronous_commit = off;
BEGIN;
CREATE TEMP TABLE waiting AS
SELECT i, (5000000 + i)::text AS id, (1500000 + i % :students)::text AS student,
       (2000000 + (i + 7 * (i / :students)) % :mentors)::text AS mentor, c.id AS course, c.title, p.id AS plan,
       date_trunc('week', now())::timestamp + interval '1008 days' + interval '28 days' * (i / :mentors / 14)
           AS first_day, 2 + (i / :mentors) % 14 AS hour
FROM generate_series(0, :count - 1) i
JOIN LATERAL (SELECT * FROM plans WHERE plan_key = 'pro' ORDER BY id OFFSET i % 10 LIMIT 1) p ON true
JOIN courses c ON c.title = p.skill_name;
INSERT INTO users (id, email, name, role, provider, "createdAt", "updatedAt")
SELECT DISTINCT student, student || '@bench.example', 'Student ' || student, 'STUDENT'::"Role", 'email', now(), now() FROM waiting;
-- Those for whom pgbench asks, so that nobody has more open requests than the server allows.
INSERT INTO users (id, email, name, role, provider, "createdAt", "updatedAt")
SELECT 1700000 + n, 'asks-' || n || '@bench.example', 'Student ' || n, 'STUDENT', 'email', now(), now()
FROM generate_series(0, :students - 1) n;
INSERT INTO user_settings (user_id, email_verified_at, updated_at) SELECT id, now(), now() FROM users WHERE email LIKE 'asks-%';
INSERT INTO sessions (id, student_id, mentor_id, course_id, session_type, scheduled_at, end_time, status, created_at, updated_at, skill_name, plan_id)
SELECT id, student, mentor, course, 'pro', first_day + hour * interval '1 hour', first_day + interval '23 days' + (hour + 1) * interval '1 hour',
       'PENDING', now(), now(), title, plan
FROM waiting;
INSERT INTO session_terms (session_id, student_id, mentor_id, skill_slug, is_live, price_minor, currency, fee_basis_points, zone,
    first_date, wall_minute, offered_weekdays, weeks, per_week, policy, expires_at)
SELECT id, student, mentor, skill_slug(title) || '-' || i, true, 399900, 'INR', 1500, 'UTC', first_day::date, hour * 60, 31, 4, 3,
    '{"item":60,"ahead_least":1440,"ahead_most":129600,"open_requests":5,"answer_within":4320,"answer_before_start":120,
      "pay_within":1440,"pay_before_start":60,"pay_grace":15,"cancel_notice":1440,"auto_complete_after":1440,
      "payout_hold":4320,"complete_after_start":15,"report_after_start":10,"report_within":1440,"move_ahead_least":1440,"moves":2}',
    now() + interval '3 days'
FROM waiting;
COMMIT;
ANALYZE sessions, session_terms;
