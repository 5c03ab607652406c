-- A database to measure on: what a platform holds that has grown. `scale` 1 is 10 000 students, 500 mentors, 30 000
-- sessions, 400 000 meetings, 600 000 messages and 200 000 notifications. Everything follows from a running number, so
-- that two databases are alike; keys are numbers (students from 1000000, mentors 2000000, sessions 3000000, payments
-- 4000000), because pgbench reckons with numbers only. It goes into an empty database with the seeds' courses and plans:
--
--   careernav migrate deploy && careernav seed plans && psql -v scale=1 -v password=… -f bench/data.sql
--
-- `password` is the hash that all of these people log in with. Payments are older than the journal, as taken-over ones
-- are: nothing is posted.
\set ON_ERROR_STOP on
\set QUIET on
SET timezone = 'UTC';
SET synchronous_commit = off;
BEGIN;

CREATE TEMP TABLE size AS SELECT (10000 * :scale)::int AS students, (500 * :scale)::int AS mentors, (30000 * :scale)::int AS sessions,
    date_trunc('week', now())::timestamp AS monday;

INSERT INTO users (id, email, name, role, provider, "createdAt", "updatedAt", password, profile_completed)
SELECT (1000000 + n)::text, 'student-' || n || '@bench.example', 'Student ' || n, 'STUDENT'::"Role", 'email', now(), now(), :'password', true
FROM size, generate_series(0, students - 1) n
UNION ALL
SELECT (2000000 + n)::text, 'mentor-' || n || '@bench.example', 'Mentor ' || n, 'MENTOR'::"Role", 'email', now(), now(), :'password', true
FROM size, generate_series(0, mentors - 1) n;

INSERT INTO user_settings (user_id, email_verified_at, updated_at)
SELECT id, now(), now() FROM users WHERE email LIKE '%@bench.example';

INSERT INTO mentor_profiles (user_id, full_name, bio, expertise_areas, rating, total_reviews, available_slots)
SELECT (2000000 + n)::text, 'Mentor ' || n, 'Explains one thing at a time, with examples from work. Number ' || n || '.',
       ARRAY['Backend', 'Databases', 'Interviews'], 3 + (n * 37 % 200) / 100.0, 1 + n % 90,
       (SELECT jsonb_object_agg(day, '["06:00-22:00"]'::jsonb)
        FROM unnest(ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday']) day)
FROM size, generate_series(0, mentors - 1) n;

-- Each mentor teaches two of the courses.
CREATE TEMP TABLE skills AS
SELECT row_number() OVER (ORDER BY c.id) - 1 AS place, c.id AS course, c.title, p.id AS plan
FROM courses c JOIN plans p ON p.skill_name = c.title AND p.plan_key = 'pro';
CREATE TEMP TABLE taught AS
SELECT n AS mentor, course, title
FROM size, generate_series(0, mentors - 1) n JOIN skills ON place IN (n % 10, (n + 3) % 10);
WITH tests AS (
    INSERT INTO mentor_tests (mentor_id, course_name, score, status, attempted_at, completed_at)
    SELECT (2000000 + mentor)::text, title, 85, 'PASSED', now(), now() FROM taught
    RETURNING id, mentor_id, course_name
)
INSERT INTO mentor_course_verifications (mentor_id, course_id, test_id, verification_score)
SELECT tests.mentor_id, skills.course, tests.id, 85 FROM tests JOIN skills ON skills.title = tests.course_name;

-- The k-th session of a mentor keeps an hour of the day and four weeks of its own, and two sessions of a student never
-- the same hour, so that nobody is in two meetings at once. Of six, two are to come, three are over, one came to nothing.
CREATE TEMP TABLE planned AS
SELECT n, (3000000 + n)::text AS id, (1000000 + n % students)::text AS student,
       (2000000 + (n + 7 * (n / students)) % mentors)::text AS mentor, s.course, s.title, s.plan,
       CASE WHEN n % 6 < 2 THEN 'SCHEDULED' WHEN n % 6 < 5 THEN 'COMPLETED' WHEN n % 12 = 5 THEN 'REJECTED' ELSE 'CANCELLED' END AS status,
       2 + (n / mentors) % 12 AS hour,
       monday + interval '28 days' * (n / mentors / 12) + CASE WHEN n % 6 < 2 THEN interval '7 days' ELSE interval '-364 days' END AS first_day
FROM size, generate_series(0, sessions - 1) n JOIN skills s ON place = n % 10;
CREATE INDEX ON planned (n);

INSERT INTO sessions (id, student_id, mentor_id, course_id, session_type, scheduled_at, end_time, status, student_message,
    created_at, updated_at, completed_at, skill_name, plan_id)
SELECT id, student, mentor, course, 'pro', first_day + hour * interval '1 hour', first_day + interval '24 days' + (hour + 1) * interval '1 hour',
    status::"SessionStatus", 'I would like to understand what I only copy today.', first_day - interval '20 days',
    first_day - interval '10 days', CASE WHEN status = 'COMPLETED' THEN first_day + interval '25 days' END, title, plan
FROM planned;

INSERT INTO session_terms (session_id, student_id, mentor_id, skill_slug, is_live, price_minor, currency, fee_basis_points, zone,
    first_date, wall_minute, offered_weekdays, weeks, per_week, policy, expires_at, pay_by, reason, ended_by, ended_at)
SELECT id, student, mentor, skill_slug(title), status = 'SCHEDULED', 399900, 'INR', 1500, 'Asia/Kolkata', first_day::date,
    hour * 60 + 330, 31, 4, 4,
    '{"item":60,"ahead_least":1440,"ahead_most":129600,"open_requests":5,"answer_within":4320,"answer_before_start":120,
      "pay_within":1440,"pay_before_start":60,"pay_grace":15,"cancel_notice":1440,"auto_complete_after":1440,
      "payout_hold":4320,"complete_after_start":15,"report_after_start":10,"report_within":1440,"move_ahead_least":1440,"moves":2}',
    first_day - interval '17 days', first_day - interval '16 days',
    CASE WHEN status IN ('REJECTED', 'CANCELLED') THEN 'The times do not suit.' END,
    CASE WHEN status IN ('REJECTED', 'CANCELLED') THEN 'mentor' END,
    CASE WHEN status IN ('REJECTED', 'CANCELLED') THEN first_day - interval '18 days' END
FROM planned;

INSERT INTO course_enrollments (id, student_id, mentor_id, skill_name, course_status, created_at, updated_at)
SELECT 'course-' || n, student, mentor, title,
       CASE status WHEN 'SCHEDULED' THEN 'ONGOING' WHEN 'COMPLETED' THEN 'COMPLETED' ELSE 'PAYMENT_PENDING' END::"CourseStatus",
       first_day - interval '20 days', first_day
FROM planned;

WITH made AS (
    INSERT INTO session_schedule (session_id, week_number, session_number, topic_title, scheduled_date, scheduled_time, status, created_at, updated_at)
    SELECT id, week, number, 'Topic ' || week || '.' || number,
           first_day + (7 * (week - 1) + number - 1) * interval '1 day' + hour * interval '1 hour',
           to_char(time '05:30' + hour * interval '1 hour', 'HH24:MI:SS'),
           CASE WHEN status = 'COMPLETED' THEN 'COMPLETED' ELSE 'LOCKED' END::"ScheduleStatus", first_day, first_day
    FROM planned, generate_series(1, 4) week, generate_series(1, 4) number
    WHERE status IN ('SCHEDULED', 'COMPLETED')
    ORDER BY n, week, number
    RETURNING id, session_id, week_number, session_number, scheduled_date, status
)
INSERT INTO session_item_terms (schedule_id, session_id, item, ends_at, completed_at)
SELECT id, session_id, 4 * (week_number - 1) + session_number, scheduled_date + interval '1 hour',
       CASE WHEN status = 'COMPLETED' THEN scheduled_date + interval '1 hour' END
FROM made;

-- Without it the planner may take these for a handful and read them anew for each session.
ANALYZE planned, session_item_terms;

-- In the order of their index: in another it took more than 24 minutes at ten times the size.
INSERT INTO slot_holds (user_id, session_id, item, during)
SELECT party, t.session_id, t.item, tsrange(t.ends_at - interval '1 hour', t.ends_at)
FROM planned p JOIN session_item_terms t ON t.session_id = p.id, unnest(ARRAY[p.student, p.mentor]) party
WHERE p.status = 'SCHEDULED'
ORDER BY party, t.ends_at;

INSERT INTO payments (id, session_id, amount, currency, gateway, gateway_payment_id, gateway_order_id, status, created_at, updated_at, completed_at)
SELECT (4000000 + n)::text, id, 3999, 'INR', 'simulated', 'attempt-' || n, 'order-' || n, 'SUCCESS', first_day - interval '15 days',
       first_day - interval '15 days', first_day - interval '15 days'
FROM planned WHERE status IN ('SCHEDULED', 'COMPLETED');

INSERT INTO admin_ledger (payment_id, session_id, mentor_id, amount, mentor_payout_amount, platform_fee, payout_status, payout_released_at)
SELECT (4000000 + n)::text, id, mentor, 3999, 3399.15, 599.85,
       CASE WHEN status = 'COMPLETED' THEN 'RELEASED' ELSE 'PENDING' END::"PayoutStatus",
       CASE WHEN status = 'COMPLETED' THEN first_day + interval '30 days' END
FROM planned WHERE status IN ('SCHEDULED', 'COMPLETED');

INSERT INTO ledger_terms (payment_id, currency, fee_basis_points)
SELECT (4000000 + n)::text, 'INR', 1500 FROM planned WHERE status IN ('SCHEDULED', 'COMPLETED');

INSERT INTO session_messages (session_id, sender_id, sender_role, content, created_at)
SELECT id, CASE WHEN m % 2 = 0 THEN student ELSE mentor END, CASE WHEN m % 2 = 0 THEN 'STUDENT' ELSE 'MENTOR' END,
       'Message ' || m || ': what we spoke about, in a sentence or two, so that it can be found again.', first_day + m * interval '1 hour'
FROM planned, generate_series(0, 19) m;

INSERT INTO notifications (user_id, type, title, message, related_id, is_read, created_at)
SELECT (1000000 + n)::text, 'session', 'A meeting is near', 'Your meeting begins tomorrow.', (3000000 + n)::text, m > 3, now() - m * interval '1 day'
FROM size, generate_series(0, students - 1) n, generate_series(0, 19) m;

COMMIT;
VACUUM ANALYZE;
