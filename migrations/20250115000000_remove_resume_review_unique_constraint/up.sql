-- A resume may be reviewed several times: its review requests lose their uniqueness.
-- This script sorts before the one that creates the table; where there is no table there is nothing
-- to do. The uniqueness may be a constraint or, from the former tool, a bare unique index.

ALTER TABLE IF EXISTS public.resume_review_requests DROP CONSTRAINT IF EXISTS unique_resume_review;

DROP INDEX IF EXISTS public.unique_resume_review;
