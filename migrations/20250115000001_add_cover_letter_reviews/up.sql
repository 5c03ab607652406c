-- Cover letters and the reviews that students request for them.
-- This script sorts before the one that creates the users. It builds its own tables where they are
-- missing and ties them to the tables that are already there; the later script ties the rest.

DO $$
BEGIN
    IF to_regtype('public."ReviewStatus"') IS NULL THEN
        CREATE TYPE public."ReviewStatus" AS ENUM ('PENDING', 'VERIFIED');
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS public.cover_letters (
    id                  serial       NOT NULL,
    student_id          varchar(255) NOT NULL,
    title               varchar(255),
    job_title           varchar(255),
    company_name        varchar(255),
    job_description     text,
    cover_letter_text   text         NOT NULL,
    has_job_description boolean      DEFAULT false,
    is_primary          boolean      DEFAULT false,
    version             integer      DEFAULT 1,
    created_at          timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT cover_letters_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.cover_letter_review_requests (
    id              serial                NOT NULL,
    cover_letter_id integer               NOT NULL,
    student_id      varchar(255)          NOT NULL,
    mentor_id       varchar(255)          NOT NULL,
    status          public."ReviewStatus" NOT NULL DEFAULT 'PENDING',
    mentor_feedback text,
    rating          integer,
    reviewed_at     timestamp(6),
    created_at      timestamp(6)          DEFAULT CURRENT_TIMESTAMP,
    updated_at      timestamp(6)          DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT cover_letter_review_requests_pkey PRIMARY KEY (id)
);

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('cover_letters', 'idx_cover_letters_student', 'student_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_cover_letter', 'cover_letter_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_student', 'student_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_mentor', 'mentor_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_status', 'status')
        ) AS list (on_table, name, columns)
    LOOP
        CONTINUE WHEN to_regclass('public.' || wanted.name) IS NOT NULL;
        -- A partly built table may lack a column; that difference is not this script's to settle.
        IF EXISTS (
            SELECT 1 FROM unnest(string_to_array(wanted.columns, ', ')) AS needed
            WHERE NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_attribute
                WHERE attrelid = to_regclass('public.' || wanted.on_table)
                  AND attname = split_part(needed, ' ', 1) AND NOT attisdropped
            )
        ) THEN
            RAISE NOTICE '%: left out, public.% lacks one of (%)', wanted.name, wanted.on_table, wanted.columns;
            CONTINUE;
        END IF;
        EXECUTE format('CREATE INDEX %I ON public.%I (%s)', wanted.name, wanted.on_table, wanted.columns);
    END LOOP;
END
$$;

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('cover_letters', 'fk_cover_letters_student', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('cover_letter_review_requests', 'cover_letter_review_requests_cover_letter_id_fkey', 'cover_letter_id', 'cover_letters', 'id', 'ON DELETE CASCADE'),
            ('cover_letter_review_requests', 'cover_letter_review_requests_student_id_fkey', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('cover_letter_review_requests', 'cover_letter_review_requests_mentor_id_fkey', 'mentor_id', 'users', 'id', 'ON DELETE CASCADE')
        ) AS list (on_table, name, on_column, to_table, to_column, actions)
    LOOP
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM pg_catalog.pg_constraint
            WHERE conname = wanted.name AND conrelid = to_regclass('public.' || wanted.on_table)
        );
        -- Both ends must be there; an end that comes later brings the key with it.
        IF 2 <> (
            SELECT count(*) FROM pg_catalog.pg_attribute
            WHERE NOT attisdropped
              AND (attrelid, attname) IN (
                  (to_regclass('public.' || wanted.on_table), wanted.on_column::name),
                  (to_regclass('public.' || wanted.to_table), wanted.to_column::name))
        ) THEN
            RAISE NOTICE '%: left out, public.% or its target public.% is not there', wanted.name, wanted.on_table, wanted.to_table;
            CONTINUE;
        END IF;
        EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES public.%I (%I) %s',
            wanted.on_table, wanted.name, wanted.on_column, wanted.to_table, wanted.to_column, wanted.actions);
    END LOOP;
END
$$;
