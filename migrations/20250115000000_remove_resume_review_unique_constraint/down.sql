-- Brings the uniqueness back where the table exists. Where a resume has had several reviews by now
-- this fails, and rightly: no row is deleted to make it fit.

DO $$
BEGIN
    IF to_regclass('public.resume_review_requests') IS NOT NULL
        AND to_regclass('public.unique_resume_review') IS NULL
    THEN
        ALTER TABLE public.resume_review_requests ADD CONSTRAINT unique_resume_review UNIQUE (resume_id);
    END IF;
END
$$;
