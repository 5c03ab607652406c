-- Takes the two tables away again, and the type unless the resume reviews still use it.

DROP TABLE IF EXISTS public.cover_letter_review_requests, public.cover_letters;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_attribute
        WHERE atttypid = to_regtype('public."ReviewStatus"') AND NOT attisdropped
    ) THEN
        DROP TYPE IF EXISTS public."ReviewStatus";
    END IF;
END
$$;
