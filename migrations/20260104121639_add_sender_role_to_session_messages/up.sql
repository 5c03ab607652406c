-- Every message says in which role it was sent.
-- On a new database the table is created with this column, and nothing is left to do. On an older one
-- the column comes last, and the messages that are there get the role by who wrote them: the
-- session's mentor wrote as MENTOR, everybody else as STUDENT.

DO $$
BEGIN
    IF to_regclass('public.session_messages') IS NULL OR EXISTS (
        SELECT 1 FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass('public.session_messages')
          AND attname = 'sender_role' AND NOT attisdropped
    ) THEN
        RETURN;
    END IF;

    ALTER TABLE public.session_messages ADD COLUMN sender_role varchar(50);

    IF to_regclass('public.sessions') IS NOT NULL THEN
        UPDATE public.session_messages AS message
        SET sender_role = CASE WHEN EXISTS (
                SELECT 1 FROM public.sessions
                WHERE sessions.id = message.session_id AND sessions.mentor_id = message.sender_id
            ) THEN 'MENTOR' ELSE 'STUDENT' END;
        ALTER TABLE public.session_messages ALTER COLUMN sender_role SET NOT NULL;
    END IF;
END
$$;
