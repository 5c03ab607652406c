-- What reads and writes need an index for once there is much of it: docs/performance.md.

-- Lists of mentors, the best rated first.
CREATE INDEX mentor_profiles_best ON mentor_profiles ((coalesce(rating, 0)) DESC, id DESC);
-- The course of a student, a mentor and a skill, over all of their sessions.
CREATE INDEX session_terms_course ON session_terms (student_id, mentor_id, skill_slug);
-- The money of a session.
CREATE INDEX admin_ledger_session ON admin_ledger (session_id);
