-- Run by `careernav migrate adopt --reconcile` where the column is there but may be null: messages without a role get
-- it by who wrote them, as up.sql does it.

UPDATE public.session_messages AS message
SET sender_role = CASE WHEN EXISTS (
        SELECT 1 FROM public.sessions
        WHERE sessions.id = message.session_id AND sessions.mentor_id = message.sender_id
    ) THEN 'MENTOR' ELSE 'STUDENT' END
WHERE sender_role IS NULL;
