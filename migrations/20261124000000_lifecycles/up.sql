-- The edges of the nine lifecycles, as the code has them (a test compares). Where a status stays as it is there is no
-- edge. A trigger on every table with such a status refuses all others, whichever program writes.

CREATE TABLE status_transitions (
    machine     varchar(40) NOT NULL,
    from_status varchar(40) NOT NULL,
    to_status   varchar(40) NOT NULL,
    CONSTRAINT status_transitions_pkey PRIMARY KEY (machine, from_status, to_status),
    CONSTRAINT status_transitions_are_changes CHECK (from_status <> to_status)
);

INSERT INTO status_transitions (machine, from_status, to_status) VALUES
    ('Role', 'STUDENT', 'MENTOR'),
    ('Role', 'MENTOR', 'STUDENT'),
    ('SessionStatus', 'PENDING', 'APPROVED'),
    ('SessionStatus', 'PENDING', 'REJECTED'),
    ('SessionStatus', 'PENDING', 'CANCELLED'),
    ('SessionStatus', 'APPROVED', 'PAID'),
    ('SessionStatus', 'APPROVED', 'CANCELLED'),
    ('SessionStatus', 'PAID', 'SCHEDULED'),
    ('SessionStatus', 'PAID', 'CANCELLED'),
    ('SessionStatus', 'SCHEDULED', 'COMPLETED'),
    ('SessionStatus', 'SCHEDULED', 'CANCELLED'),
    ('PaymentStatus', 'PENDING', 'PROCESSING'),
    ('PaymentStatus', 'PENDING', 'SUCCESS'),
    ('PaymentStatus', 'PENDING', 'FAILED'),
    ('PaymentStatus', 'PROCESSING', 'SUCCESS'),
    ('PaymentStatus', 'PROCESSING', 'FAILED'),
    ('PaymentStatus', 'FAILED', 'PENDING'),
    ('PaymentStatus', 'FAILED', 'PROCESSING'),
    ('PaymentStatus', 'FAILED', 'SUCCESS'),
    ('PaymentStatus', 'SUCCESS', 'REFUNDED'),
    ('PayoutStatus', 'PENDING', 'READY'),
    ('PayoutStatus', 'READY', 'PENDING'),
    ('PayoutStatus', 'READY', 'PROCESSING'),
    ('PayoutStatus', 'PROCESSING', 'READY'),
    ('PayoutStatus', 'PROCESSING', 'RELEASED'),
    ('PayoutStatus', 'RELEASED', 'READY'),
    ('ScheduleStatus', 'LOCKED', 'UPCOMING'),
    ('ScheduleStatus', 'UPCOMING', 'COMPLETED'),
    ('ScheduleStatus', 'UPCOMING', 'LOCKED'),
    ('TestStatus', 'PENDING', 'IN_PROGRESS'),
    ('TestStatus', 'IN_PROGRESS', 'PASSED'),
    ('TestStatus', 'IN_PROGRESS', 'CONDITIONAL'),
    ('TestStatus', 'IN_PROGRESS', 'FAILED'),
    ('ReviewStatus', 'PENDING', 'VERIFIED'),
    ('SubmissionStatus', 'SUBMITTED', 'LATE'),
    ('SubmissionStatus', 'LATE', 'SUBMITTED'),
    ('CourseStatus', 'PAYMENT_PENDING', 'ONGOING'),
    ('CourseStatus', 'ONGOING', 'COMPLETED'),
    ('CourseStatus', 'ONGOING', 'PAYMENT_PENDING'),
    ('CourseStatus', 'COMPLETED', 'ONGOING'),
    ('CourseStatus', 'COMPLETED', 'PAYMENT_PENDING');

-- Arguments: the machine, the status's column, then what each status needs, as STATUS:column.
CREATE FUNCTION check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := to_jsonb(OLD) ->> TG_ARGV[1];
    after  text := to_jsonb(NEW) ->> TG_ARGV[1];
    need   text;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM public.status_transitions
        WHERE machine = TG_ARGV[0] AND from_status = before AND to_status = after
    ) THEN
        RAISE EXCEPTION '% does not go from % to %', TG_ARGV[0], before, after
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    FOR i IN 2 .. TG_NARGS - 1 LOOP
        need := split_part(TG_ARGV[i], ':', 2);
        IF split_part(TG_ARGV[i], ':', 1) = after AND to_jsonb(NEW) ->> need IS NULL THEN
            RAISE EXCEPTION '% % needs %', TG_ARGV[0], after, need
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

CREATE TRIGGER users_role_changes BEFORE UPDATE OF role ON users
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM NEW.role)
    EXECUTE FUNCTION check_transition('Role', 'role');
CREATE TRIGGER sessions_status_changes BEFORE UPDATE OF status ON sessions
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_transition('SessionStatus', 'status', 'COMPLETED:completed_at');
CREATE TRIGGER payments_status_changes BEFORE UPDATE OF status ON payments
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_transition('PaymentStatus', 'status', 'SUCCESS:completed_at', 'SUCCESS:gateway_payment_id');
CREATE TRIGGER admin_ledger_status_changes BEFORE UPDATE OF payout_status ON admin_ledger
    FOR EACH ROW WHEN (OLD.payout_status IS DISTINCT FROM NEW.payout_status)
    EXECUTE FUNCTION check_transition('PayoutStatus', 'payout_status', 'RELEASED:payout_released_at');
CREATE TRIGGER session_schedule_status_changes BEFORE UPDATE OF status ON session_schedule
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_transition('ScheduleStatus', 'status');
CREATE TRIGGER mentor_tests_status_changes BEFORE UPDATE OF status ON mentor_tests
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_transition('TestStatus', 'status',
        'PASSED:completed_at', 'CONDITIONAL:completed_at', 'FAILED:completed_at',
        'CONDITIONAL:retry_available_after', 'FAILED:retry_available_after');
CREATE TRIGGER resume_review_requests_status_changes BEFORE UPDATE OF status ON resume_review_requests
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_transition('ReviewStatus', 'status',
        'VERIFIED:reviewed_at', 'VERIFIED:mentor_feedback', 'VERIFIED:rating');
CREATE TRIGGER cover_letter_review_requests_status_changes BEFORE UPDATE OF status ON cover_letter_review_requests
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_transition('ReviewStatus', 'status',
        'VERIFIED:reviewed_at', 'VERIFIED:mentor_feedback', 'VERIFIED:rating');
CREATE TRIGGER assignment_submissions_status_changes BEFORE UPDATE OF status ON assignment_submissions
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_transition('SubmissionStatus', 'status');
CREATE TRIGGER assignment_submissions_review_changes BEFORE UPDATE OF review_status ON assignment_submissions
    FOR EACH ROW WHEN (OLD.review_status IS DISTINCT FROM NEW.review_status)
    EXECUTE FUNCTION check_transition('ReviewStatus', 'review_status', 'VERIFIED:reviewed_at', 'VERIFIED:mentor_feedback');
CREATE TRIGGER course_enrollments_status_changes BEFORE UPDATE OF course_status ON course_enrollments
    FOR EACH ROW WHEN (OLD.course_status IS DISTINCT FROM NEW.course_status)
    EXECUTE FUNCTION check_transition('CourseStatus', 'course_status');

-- Each attempt at a test is a row of its own.
ALTER TABLE mentor_tests DROP CONSTRAINT IF EXISTS unique_mentor_course_test;
DROP INDEX IF EXISTS unique_mentor_course_test;
