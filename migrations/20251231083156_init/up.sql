-- The nine enumerated types and the forty tables of the production database.
--
-- Two alterations sort before this script, and it also meets databases that were built partly or by
-- another tool. So it holds in any order: it looks first, creates only what is not there, changes
-- nothing that is, and also builds the tables and the column that the three alterations bring.
-- Uniqueness is a unique constraint throughout. On a database that was taken over it may be a
-- unique index of the same name: name the columns in ON CONFLICT, never the constraint.
-- Everything is qualified, because a dump may leave an empty search_path behind.

-- Types ------------------------------------------------------------------------------------------

DO $$
BEGIN
    IF to_regtype('public."Role"') IS NULL THEN
        CREATE TYPE public."Role" AS ENUM ('STUDENT', 'MENTOR');
    END IF;
    IF to_regtype('public."SessionStatus"') IS NULL THEN
        CREATE TYPE public."SessionStatus" AS ENUM ('PENDING', 'APPROVED', 'PAID', 'SCHEDULED', 'COMPLETED', 'REJECTED', 'CANCELLED');
    END IF;
    IF to_regtype('public."PaymentStatus"') IS NULL THEN
        CREATE TYPE public."PaymentStatus" AS ENUM ('PENDING', 'PROCESSING', 'SUCCESS', 'FAILED', 'REFUNDED');
    END IF;
    IF to_regtype('public."PayoutStatus"') IS NULL THEN
        CREATE TYPE public."PayoutStatus" AS ENUM ('PENDING', 'READY', 'PROCESSING', 'RELEASED');
    END IF;
    IF to_regtype('public."ScheduleStatus"') IS NULL THEN
        CREATE TYPE public."ScheduleStatus" AS ENUM ('LOCKED', 'UPCOMING', 'COMPLETED');
    END IF;
    IF to_regtype('public."TestStatus"') IS NULL THEN
        CREATE TYPE public."TestStatus" AS ENUM ('PENDING', 'IN_PROGRESS', 'PASSED', 'CONDITIONAL', 'FAILED');
    END IF;
    IF to_regtype('public."ReviewStatus"') IS NULL THEN
        CREATE TYPE public."ReviewStatus" AS ENUM ('PENDING', 'VERIFIED');
    END IF;
    IF to_regtype('public."SubmissionStatus"') IS NULL THEN
        CREATE TYPE public."SubmissionStatus" AS ENUM ('SUBMITTED', 'LATE');
    END IF;
    IF to_regtype('public."CourseStatus"') IS NULL THEN
        CREATE TYPE public."CourseStatus" AS ENUM ('PAYMENT_PENDING', 'ONGOING', 'COMPLETED');
    END IF;
END
$$;

-- Identity ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS public.users (
    id                text          NOT NULL,
    email             text          NOT NULL,
    name              text          NOT NULL,
    role              public."Role" NOT NULL,
    provider          text          NOT NULL DEFAULT 'google',
    "createdAt"       timestamp(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt"       timestamp(3)  NOT NULL,
    password          varchar(255),
    profile_completed boolean       DEFAULT false,
    CONSTRAINT users_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.student_profiles (
    id                serial       NOT NULL,
    user_id           varchar(255) NOT NULL,
    full_name         varchar(100),
    grade_or_year     varchar(50),
    school_or_college varchar(150),
    interests         text[],
    career_goals      text,
    bio               text,
    profile_completed boolean      DEFAULT false,
    created_at        timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at        timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    primary_domain    varchar(100),
    existing_skills   text[]       DEFAULT '{}',
    other_skills      text,
    experience_level  varchar(50),
    profile_verified  boolean      DEFAULT false,
    education_type    varchar(50),
    branch            varchar(100),
    phone             varchar(20),
    date_of_birth     date,
    profile_photo_url varchar(500),
    profile_badges    text[]       DEFAULT '{}',
    gpa               varchar(20),
    linkedin_url      varchar(500),
    github_url        varchar(500),
    portfolio_url     varchar(500),
    twitter_url       varchar(500),
    website_url       varchar(500),
    CONSTRAINT student_profiles_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.mentor_profiles (
    id                    serial        NOT NULL,
    user_id               varchar(255)  NOT NULL,
    full_name             varchar(100),
    bio                   text,
    "current_role"        varchar(50),
    profile_photo_url     varchar(500),
    highest_qualification varchar(100),
    degree                varchar(255),
    branch                varchar(100),
    college               varchar(255),
    graduation_year       integer,
    current_year          varchar(50),
    experience_years      integer,
    profession            varchar(100),
    company               varchar(150),
    expertise_areas       text[],
    linkedin_url          varchar(255),
    profile_completed     boolean       DEFAULT false,
    rating                numeric(3,2)  DEFAULT 0,
    total_reviews         integer       DEFAULT 0,
    session_types         text[],
    pricing_per_hour      numeric(10,2),
    available_slots       jsonb,
    created_at            timestamp(6)  DEFAULT CURRENT_TIMESTAMP,
    updated_at            timestamp(6)  DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT mentor_profiles_pkey PRIMARY KEY (id)
);

-- Guidance (assessments and careers) -------------------------------------------------------------

CREATE TABLE IF NOT EXISTS public.assessments (
    id               serial       NOT NULL,
    title            varchar(255) NOT NULL,
    description      text,
    type             varchar(50)  NOT NULL,
    duration_minutes integer      NOT NULL,
    total_questions  integer      NOT NULL,
    is_active        boolean      DEFAULT true,
    created_at       timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    generated_by_ai  boolean      DEFAULT true,
    CONSTRAINT assessments_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.assessment_questions (
    id                    serial       NOT NULL,
    assessment_id         integer      NOT NULL,
    question_text         text         NOT NULL,
    question_type         varchar(50)  NOT NULL,
    options               jsonb,
    correct_answer        text,
    points                integer      DEFAULT 1,
    question_order        integer      NOT NULL,
    created_at            timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    student_assessment_id integer,
    generated_by_ai       boolean      DEFAULT true,
    ai_metadata           jsonb,
    CONSTRAINT assessment_questions_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.assessment_answers (
    id                    serial       NOT NULL,
    student_assessment_id integer      NOT NULL,
    question_id           integer      NOT NULL,
    answer_text           text         NOT NULL,
    answer_index          integer,
    is_correct            boolean,
    points_earned         integer      DEFAULT 0,
    answered_at           timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT assessment_answers_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.student_assessments (
    id                 serial       NOT NULL,
    student_id         varchar(255) NOT NULL,
    assessment_id      integer      NOT NULL,
    assessment_type    varchar(50),
    status             varchar(20)  NOT NULL DEFAULT 'not_started',
    score              numeric(5,2),
    total_points       integer,
    earned_points      integer,
    started_at         timestamp(6),
    completed_at       timestamp(6),
    time_taken_minutes integer,
    created_at         timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at         timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    ai_provider        varchar(50)  DEFAULT 'groq',
    prompt_version     varchar(50),
    CONSTRAINT student_assessments_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.career_recommendations (
    id                        serial        NOT NULL,
    student_id                varchar(255)  NOT NULL,
    career_title              varchar(255)  NOT NULL,
    career_id                 varchar(100)  NOT NULL,
    match_percentage          integer       NOT NULL,
    description               text,
    salary_min                numeric(10,2),
    salary_max                numeric(10,2),
    salary_currency           varchar(10)   DEFAULT '₹',
    salary_unit               varchar(20)   DEFAULT 'LPA',
    growth_indicator          varchar(255),
    growth_type               varchar(50),
    skills                    text[],
    based_on_assessment_id    integer,
    created_at                timestamp(6)  DEFAULT CURRENT_TIMESTAMP,
    generated_from_profile    jsonb,
    generated_from_assessment jsonb,
    ai_provider               varchar(50)   DEFAULT 'gemini',
    prompt_version            varchar(50),
    CONSTRAINT career_recommendations_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.selected_careers (
    id                              serial       NOT NULL,
    student_id                      varchar(255) NOT NULL,
    career_id                       varchar(100) NOT NULL,
    career_title                    varchar(255) NOT NULL,
    selected_from_recommendation_id integer,
    selected_at                     timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at                      timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT selected_careers_pkey PRIMARY KEY (id)
);

-- Learning ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS public.learning_paths (
    id                       serial       NOT NULL,
    career_id                varchar(100) NOT NULL,
    title                    varchar(255) NOT NULL,
    description              text,
    total_skills             integer      DEFAULT 0,
    estimated_duration_weeks integer,
    is_active                boolean      DEFAULT true,
    created_at               timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at               timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT learning_paths_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.learning_skills (
    id                   serial       NOT NULL,
    learning_path_id     integer      NOT NULL,
    skill_id             varchar(100) NOT NULL,
    name                 varchar(255) NOT NULL,
    description          text,
    long_description     text,
    skill_order          integer      NOT NULL,
    youtube_videos       jsonb,
    external_resources   jsonb,
    skill_test_questions jsonb,
    created_at           timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at           timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    generated_by_ai      boolean      DEFAULT false,
    ai_metadata          jsonb,
    CONSTRAINT learning_skills_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.student_learning_progress (
    id                  serial       NOT NULL,
    student_id          varchar(255) NOT NULL,
    learning_path_id    integer      NOT NULL,
    status              varchar(20)  NOT NULL DEFAULT 'not_started',
    skills_completed    integer      DEFAULT 0,
    total_skills        integer      NOT NULL,
    progress_percentage integer      DEFAULT 0,
    current_skill_id    varchar(100),
    started_at          timestamp(6),
    completed_at        timestamp(6),
    last_accessed_at    timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    created_at          timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT student_learning_progress_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.skill_completions (
    id                           serial       NOT NULL,
    student_learning_progress_id integer      NOT NULL,
    skill_id                     varchar(100) NOT NULL,
    skill_test_score             numeric(5,2),
    completed_at                 timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    time_spent_minutes           integer,
    CONSTRAINT skill_completions_pkey PRIMARY KEY (id)
);

-- Catalog (courses, plans, mentor qualification) -------------------------------------------------

CREATE TABLE IF NOT EXISTS public.courses (
    id          serial       NOT NULL,
    career_id   varchar(100),
    title       varchar(255) NOT NULL,
    description text,
    is_active   boolean      DEFAULT true,
    created_by  varchar(50)  DEFAULT 'SYSTEM',
    created_at  timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at  timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT courses_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.mentor_courses (
    id         serial       NOT NULL,
    mentor_id  varchar(255) NOT NULL,
    course_id  integer      NOT NULL,
    created_at timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT mentor_courses_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.plans (
    id                serial        NOT NULL,
    skill_name        varchar(255)  NOT NULL,
    plan_key          varchar(50)   NOT NULL,
    plan_title        varchar(100)  NOT NULL,
    price             numeric(10,2) NOT NULL,
    duration_weeks    integer       NOT NULL,
    sessions_per_week integer       NOT NULL,
    description       text,
    is_active         boolean       NOT NULL DEFAULT true,
    created_at        timestamp(6),
    updated_at        timestamp(6),
    CONSTRAINT plans_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.plan_topics (
    id             serial       NOT NULL,
    plan_id        integer      NOT NULL,
    week_number    integer      NOT NULL,
    session_number integer      NOT NULL,
    topic_title    varchar(255) NOT NULL,
    created_at     timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT plan_topics_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.skill_test_questions (
    id             serial       NOT NULL,
    course_id      integer      NOT NULL,
    question_text  text         NOT NULL,
    options        jsonb        NOT NULL,
    correct_answer integer      NOT NULL,
    question_type  varchar(50)  NOT NULL,
    difficulty     varchar(20)  NOT NULL,
    explanation    text,
    points         integer      NOT NULL DEFAULT 1,
    created_at     timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at     timestamp(6) NOT NULL,
    CONSTRAINT skill_test_questions_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.mentor_tests (
    id                    serial              NOT NULL,
    mentor_id             varchar(255)        NOT NULL,
    course_name           varchar(255)        NOT NULL,
    course_category       varchar(100),
    score                 numeric(5,2)        NOT NULL,
    status                public."TestStatus" NOT NULL DEFAULT 'PENDING',
    test_duration         integer,
    total_questions       integer,
    correct_answers       integer,
    analysis              jsonb,
    strengths             text[],
    weaknesses            text[],
    feedback              text,
    attempted_at          timestamp(6)        DEFAULT CURRENT_TIMESTAMP,
    completed_at          timestamp(6),
    retry_available_after timestamp(6),
    CONSTRAINT mentor_tests_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.mentor_course_verifications (
    id                 serial       NOT NULL,
    mentor_id          varchar(255) NOT NULL,
    course_id          integer      NOT NULL,
    test_id            integer      NOT NULL,
    verified_at        timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    verification_score numeric(5,2) NOT NULL,
    is_active          boolean      DEFAULT true,
    CONSTRAINT mentor_course_verifications_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.mentor_experiences (
    id           serial       NOT NULL,
    mentor_id    varchar(255) NOT NULL,
    company      varchar(255) NOT NULL,
    role         varchar(255) NOT NULL,
    domain       varchar(100),
    start_date   date,
    end_date     date,
    is_current   boolean      DEFAULT false,
    description  text,
    achievements text[],
    created_at   timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at   timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT mentor_experiences_pkey PRIMARY KEY (id)
);

-- Mentoring (sessions and what happens in them) --------------------------------------------------

CREATE TABLE IF NOT EXISTS public.sessions (
    id                   text                   NOT NULL,
    student_id           varchar(255)           NOT NULL,
    mentor_id            varchar(255)           NOT NULL,
    course_id            integer                NOT NULL,
    session_type         varchar(100)           NOT NULL,
    scheduled_at         timestamp(6)           NOT NULL,
    end_time             timestamp(6),
    status               public."SessionStatus" NOT NULL DEFAULT 'PENDING',
    student_message      text,
    zoom_link            varchar(500),
    zoom_link_expires_at timestamp(6),
    created_at           timestamp(6)           DEFAULT CURRENT_TIMESTAMP,
    updated_at           timestamp(6)           DEFAULT CURRENT_TIMESTAMP,
    completed_at         timestamp(6),
    skill_id             varchar(100),
    skill_name           varchar(255)           NOT NULL,
    plan_id              integer,
    reminder_sent        boolean                DEFAULT false,
    CONSTRAINT sessions_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.session_schedule (
    id             serial                  NOT NULL,
    session_id     varchar(255)            NOT NULL,
    week_number    integer                 NOT NULL,
    session_number integer                 NOT NULL,
    topic_title    varchar(255)            NOT NULL,
    scheduled_date timestamp(6)            NOT NULL,
    scheduled_time varchar(50)             NOT NULL,
    status         public."ScheduleStatus" NOT NULL DEFAULT 'LOCKED',
    created_at     timestamp(6),
    updated_at     timestamp(6),
    CONSTRAINT session_schedule_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.session_messages (
    id           serial       NOT NULL,
    session_id   varchar(255) NOT NULL,
    sender_id    varchar(255) NOT NULL,
    sender_role  varchar(50)  NOT NULL,
    content      text         NOT NULL,
    message_type varchar(50)  NOT NULL DEFAULT 'text',
    created_at   timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT session_messages_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.session_resources (
    id          serial       NOT NULL,
    schedule_id integer      NOT NULL,
    file_name   varchar(255) NOT NULL,
    file_url    varchar(500) NOT NULL,
    file_size   integer,
    uploaded_by varchar(255) NOT NULL,
    created_at  timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT session_resources_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.assignments (
    id          serial       NOT NULL,
    session_id  varchar(255) NOT NULL,
    mentor_id   varchar(255) NOT NULL,
    title       varchar(255) NOT NULL,
    description text,
    created_at  timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    due_at      timestamp(6) NOT NULL,
    is_active   boolean      NOT NULL DEFAULT true,
    CONSTRAINT assignments_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.assignment_submissions (
    id              serial                    NOT NULL,
    assignment_id   integer                   NOT NULL,
    student_id      varchar(255)              NOT NULL,
    file_url        varchar(500)              NOT NULL,
    submitted_at    timestamp(6)              NOT NULL DEFAULT CURRENT_TIMESTAMP,
    status          public."SubmissionStatus" NOT NULL DEFAULT 'SUBMITTED',
    review_status   public."ReviewStatus"     NOT NULL DEFAULT 'PENDING',
    mentor_feedback text,
    reviewed_at     timestamp(6),
    CONSTRAINT assignment_submissions_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.course_enrollments (
    id                        text                  NOT NULL,
    student_id                varchar(255)          NOT NULL,
    mentor_id                 varchar(255)          NOT NULL,
    skill_name                varchar(255)          NOT NULL,
    course_status             public."CourseStatus" NOT NULL DEFAULT 'PAYMENT_PENDING',
    created_at                timestamp(6)          DEFAULT CURRENT_TIMESTAMP,
    updated_at                timestamp(6),
    last_status_calculated_at timestamp(6),
    CONSTRAINT course_enrollments_pkey PRIMARY KEY (id)
);

-- Billing ----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS public.payments (
    id                 text                   NOT NULL,
    session_id         varchar(255)           NOT NULL,
    amount             numeric(10,2)          NOT NULL,
    currency           varchar(10)            NOT NULL DEFAULT 'INR',
    gateway            varchar(50)            NOT NULL DEFAULT 'razorpay',
    gateway_payment_id varchar(255),
    gateway_order_id   varchar(255),
    status             public."PaymentStatus" NOT NULL DEFAULT 'PENDING',
    paid_to            varchar(50)            NOT NULL DEFAULT 'ADMIN',
    payment_method     varchar(50)            DEFAULT 'UPI',
    payment_data       jsonb,
    created_at         timestamp(6)           DEFAULT CURRENT_TIMESTAMP,
    updated_at         timestamp(6)           DEFAULT CURRENT_TIMESTAMP,
    completed_at       timestamp(6),
    CONSTRAINT payments_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.admin_ledger (
    id                   serial                NOT NULL,
    payment_id           varchar(255)          NOT NULL,
    session_id           varchar(255)          NOT NULL,
    mentor_id            varchar(255)          NOT NULL,
    amount               numeric(10,2)         NOT NULL,
    mentor_payout_amount numeric(10,2),
    platform_fee         numeric(10,2),
    payout_status        public."PayoutStatus" NOT NULL DEFAULT 'PENDING',
    payout_released_at   timestamp(6),
    created_at           timestamp(6)          DEFAULT CURRENT_TIMESTAMP,
    updated_at           timestamp(6)          DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT admin_ledger_pkey PRIMARY KEY (id)
);

-- Documents (resumes, cover letters, reviews) ----------------------------------------------------

CREATE TABLE IF NOT EXISTS public.resumes (
    id                    serial       NOT NULL,
    student_id            varchar(255) NOT NULL,
    title                 varchar(255),
    resume_data           jsonb        NOT NULL,
    generated_resume_text text,
    is_primary            boolean      DEFAULT false,
    version               integer      DEFAULT 1,
    created_at            timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at            timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT resumes_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.resume_review_requests (
    id              serial                NOT NULL,
    resume_id       integer               NOT NULL,
    student_id      varchar(255)          NOT NULL,
    mentor_id       varchar(255)          NOT NULL,
    status          public."ReviewStatus" NOT NULL DEFAULT 'PENDING',
    mentor_feedback text,
    rating          integer,
    reviewed_at     timestamp(6),
    created_at      timestamp(6)          DEFAULT CURRENT_TIMESTAMP,
    updated_at      timestamp(6)          DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT resume_review_requests_pkey PRIMARY KEY (id)
);

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

-- Insights ---------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS public.industry_insights (
    id               serial        NOT NULL,
    industry         varchar(255)  NOT NULL,
    industry_id      varchar(100)  NOT NULL,
    role_title       varchar(255),
    experience_level varchar(50),
    location         varchar(255)  DEFAULT 'India',
    salary_min       numeric(10,2),
    salary_max       numeric(10,2),
    salary_currency  varchar(10)   DEFAULT '₹',
    salary_unit      varchar(20)   DEFAULT 'LPA',
    growth_trend     jsonb,
    roles_in_demand  jsonb,
    skills_in_demand text[],
    summary_points   text[],
    last_updated     date          NOT NULL,
    created_at       timestamp(6)  DEFAULT CURRENT_TIMESTAMP,
    updated_at       timestamp(6)  DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT industry_insights_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.branch_industry_insights (
    id           serial       NOT NULL,
    branch       varchar(100) NOT NULL,
    week_number  integer      NOT NULL,
    year         integer      NOT NULL,
    content      jsonb        NOT NULL,
    summary      text,
    last_updated timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_at   timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at   timestamp(6),
    CONSTRAINT branch_industry_insights_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.student_industry_insights (
    id           serial       NOT NULL,
    user_id      varchar(255) NOT NULL,
    week_number  integer      NOT NULL,
    year         integer      NOT NULL,
    content      jsonb        NOT NULL,
    summary      text,
    last_updated timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_at   timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    updated_at   timestamp(6),
    CONSTRAINT student_industry_insights_pkey PRIMARY KEY (id)
);

-- Engagement -------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS public.notifications (
    id         serial       NOT NULL,
    user_id    varchar(255) NOT NULL,
    type       varchar(50)  NOT NULL,
    title      varchar(255) NOT NULL,
    message    text         NOT NULL,
    related_id varchar(255),
    is_read    boolean      DEFAULT false,
    created_at timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT notifications_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.user_activity (
    id            serial       NOT NULL,
    user_id       varchar(255) NOT NULL,
    activity_date date         NOT NULL,
    activity_type varchar(50)  DEFAULT 'general',
    created_at    timestamp(6) DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT user_activity_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS public.career_nav_ratings (
    id         text          NOT NULL,
    user_id    varchar(255)  NOT NULL,
    user_role  public."Role" NOT NULL,
    rating     integer       NOT NULL,
    comment    text,
    created_at timestamp(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT career_nav_ratings_pkey PRIMARY KEY (id)
);

-- Uniqueness -------------------------------------------------------------------------------------

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('users', 'users_email_key', 'email'),
            ('student_profiles', 'student_profiles_user_id_key', 'user_id'),
            ('mentor_profiles', 'mentor_profiles_user_id_key', 'user_id'),
            ('assessment_answers', 'unique_answer_per_question', 'student_assessment_id, question_id'),
            ('selected_careers', 'selected_careers_student_id_key', 'student_id'),
            ('learning_paths', 'learning_paths_career_id_key', 'career_id'),
            ('learning_skills', 'unique_skill_per_path', 'learning_path_id, skill_id'),
            ('student_learning_progress', 'unique_progress_per_student_path', 'student_id, learning_path_id'),
            ('skill_completions', 'unique_completion_per_skill', 'student_learning_progress_id, skill_id'),
            ('courses', 'unique_course_title', 'title'),
            ('mentor_courses', 'unique_mentor_course', 'mentor_id, course_id'),
            ('plans', 'unique_skill_plan', 'skill_name, plan_key'),
            ('mentor_tests', 'unique_mentor_course_test', 'mentor_id, course_name'),
            ('mentor_course_verifications', 'unique_mentor_course_verification', 'mentor_id, course_id'),
            ('session_schedule', 'unique_session_schedule_entry', 'session_id, week_number, session_number'),
            ('course_enrollments', 'unique_course_enrollment', 'student_id, mentor_id, skill_name'),
            ('payments', 'payments_session_id_key', 'session_id'),
            ('admin_ledger', 'admin_ledger_payment_id_key', 'payment_id'),
            ('industry_insights', 'unique_industry_insight', 'industry_id, role_title, experience_level, location'),
            ('branch_industry_insights', 'unique_branch_weekly_insight', 'branch, week_number, year'),
            ('student_industry_insights', 'unique_student_weekly_insight', 'user_id, week_number, year'),
            ('user_activity', 'unique_activity_per_day', 'user_id, activity_date')
        ) AS list (on_table, name, columns)
    LOOP
        -- The former tool made plain unique indexes: one of the same name serves.
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
        EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I UNIQUE (%s)', wanted.on_table, wanted.name, wanted.columns);
    END LOOP;
END
$$;

-- Indexes ----------------------------------------------------------------------------------------

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('student_profiles', 'idx_student_profiles_user_id', 'user_id'),
            ('mentor_profiles', 'idx_mentor_profiles_user_id', 'user_id'),
            ('assessments', 'idx_assessments_active', 'is_active'),
            ('assessments', 'idx_assessments_type', 'type'),
            ('assessment_questions', 'idx_assessment_questions_assessment', 'assessment_id'),
            ('assessment_questions', 'idx_assessment_questions_order', 'assessment_id, question_order'),
            ('assessment_questions', 'idx_assessment_questions_student_assessment', 'student_assessment_id'),
            ('assessment_answers', 'idx_assessment_answers_question', 'question_id'),
            ('assessment_answers', 'idx_assessment_answers_student_assessment', 'student_assessment_id'),
            ('student_assessments', 'idx_student_assessments_assessment', 'assessment_id'),
            ('student_assessments', 'idx_student_assessments_status', 'student_id, status'),
            ('student_assessments', 'idx_student_assessments_student', 'student_id'),
            ('student_assessments', 'idx_student_assessments_type', 'assessment_type'),
            ('career_recommendations', 'idx_career_recommendations_match', 'student_id, match_percentage DESC'),
            ('career_recommendations', 'idx_career_recommendations_student', 'student_id'),
            ('selected_careers', 'idx_selected_careers_student', 'student_id'),
            ('learning_paths', 'idx_learning_paths_active', 'is_active'),
            ('learning_paths', 'idx_learning_paths_career_id', 'career_id'),
            ('learning_skills', 'idx_learning_skills_order', 'learning_path_id, skill_order'),
            ('learning_skills', 'idx_learning_skills_path', 'learning_path_id'),
            ('student_learning_progress', 'idx_student_learning_progress_status', 'student_id, status'),
            ('student_learning_progress', 'idx_student_learning_progress_student', 'student_id'),
            ('skill_completions', 'idx_skill_completions_progress', 'student_learning_progress_id'),
            ('skill_completions', 'idx_skill_completions_skill', 'skill_id'),
            ('courses', 'idx_courses_career_id', 'career_id'),
            ('courses', 'idx_courses_active', 'is_active'),
            ('courses', 'idx_courses_title', 'title'),
            ('mentor_courses', 'idx_mentor_courses_mentor', 'mentor_id'),
            ('mentor_courses', 'idx_mentor_courses_course', 'course_id'),
            ('plans', 'idx_plans_skill', 'skill_name'),
            ('plans', 'idx_plans_active', 'is_active'),
            ('plan_topics', 'idx_plan_topics_plan', 'plan_id'),
            ('plan_topics', 'idx_plan_topics_ordering', 'plan_id, week_number, session_number'),
            ('skill_test_questions', 'idx_skill_test_questions_course', 'course_id'),
            ('skill_test_questions', 'idx_skill_test_questions_difficulty', 'difficulty'),
            ('skill_test_questions', 'idx_skill_test_questions_type', 'question_type'),
            ('mentor_tests', 'idx_mentor_tests_status', 'mentor_id, status'),
            ('mentor_tests', 'idx_mentor_tests_mentor', 'mentor_id'),
            ('mentor_tests', 'idx_mentor_tests_course', 'course_name'),
            ('mentor_course_verifications', 'idx_mentor_verifications_active', 'mentor_id, is_active'),
            ('mentor_course_verifications', 'idx_mentor_verifications_course', 'course_id'),
            ('mentor_experiences', 'idx_mentor_experiences_mentor', 'mentor_id'),
            ('sessions', 'idx_sessions_student_status', 'student_id, status'),
            ('sessions', 'idx_sessions_mentor_status', 'mentor_id, status'),
            ('sessions', 'idx_sessions_course', 'course_id'),
            ('sessions', 'idx_sessions_scheduled', 'scheduled_at'),
            ('sessions', 'idx_sessions_status', 'status'),
            ('sessions', 'idx_sessions_plan', 'plan_id'),
            ('session_schedule', 'idx_session_schedule_session', 'session_id'),
            ('session_schedule', 'idx_session_schedule_ordering', 'session_id, week_number, session_number'),
            ('session_schedule', 'idx_session_schedule_status', 'status'),
            ('session_schedule', 'idx_session_schedule_date', 'scheduled_date'),
            ('session_messages', 'idx_session_messages_session_time', 'session_id, created_at DESC'),
            ('session_messages', 'idx_session_messages_sender', 'sender_id'),
            ('session_resources', 'idx_session_resources_schedule', 'schedule_id'),
            ('session_resources', 'idx_session_resources_mentor', 'uploaded_by'),
            ('assignments', 'idx_assignments_session', 'session_id'),
            ('assignments', 'idx_assignments_mentor', 'mentor_id'),
            ('assignments', 'idx_assignments_due', 'due_at'),
            ('assignments', 'idx_assignments_active', 'is_active'),
            ('assignment_submissions', 'idx_assignment_submissions_assignment', 'assignment_id'),
            ('assignment_submissions', 'idx_assignment_submissions_student', 'student_id'),
            ('assignment_submissions', 'idx_assignment_submissions_status', 'status'),
            ('assignment_submissions', 'idx_assignment_submissions_review_status', 'review_status'),
            ('course_enrollments', 'idx_enrollments_student_status', 'student_id, course_status'),
            ('course_enrollments', 'idx_enrollments_mentor', 'mentor_id'),
            ('course_enrollments', 'idx_enrollments_status', 'course_status'),
            ('course_enrollments', 'idx_enrollments_student_mentor', 'student_id, mentor_id'),
            ('payments', 'idx_payments_session', 'session_id'),
            ('payments', 'idx_payments_status', 'status'),
            ('payments', 'idx_payments_gateway_id', 'gateway_payment_id'),
            ('admin_ledger', 'idx_admin_ledger_payment', 'payment_id'),
            ('admin_ledger', 'idx_admin_ledger_mentor_payout', 'mentor_id, payout_status'),
            ('admin_ledger', 'idx_admin_ledger_payout_status', 'payout_status'),
            ('resumes', 'idx_resumes_student', 'student_id'),
            ('resume_review_requests', 'idx_resume_review_requests_resume', 'resume_id'),
            ('resume_review_requests', 'idx_resume_review_requests_student', 'student_id'),
            ('resume_review_requests', 'idx_resume_review_requests_mentor', 'mentor_id'),
            ('resume_review_requests', 'idx_resume_review_requests_status', 'status'),
            ('cover_letters', 'idx_cover_letters_student', 'student_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_cover_letter', 'cover_letter_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_student', 'student_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_mentor', 'mentor_id'),
            ('cover_letter_review_requests', 'idx_cover_letter_review_requests_status', 'status'),
            ('industry_insights', 'idx_industry_insights_industry', 'industry_id'),
            ('industry_insights', 'idx_industry_insights_updated', 'last_updated DESC'),
            ('branch_industry_insights', 'idx_branch_insights_week', 'branch, year, week_number DESC'),
            ('branch_industry_insights', 'idx_branch_insights_updated', 'last_updated DESC'),
            ('student_industry_insights', 'idx_student_insights_week', 'user_id, year, week_number DESC'),
            ('student_industry_insights', 'idx_student_insights_updated', 'last_updated DESC'),
            ('notifications', 'idx_notifications_user_read', 'user_id, is_read'),
            ('notifications', 'idx_notifications_user_time', 'user_id, created_at DESC'),
            ('notifications', 'idx_notifications_type', 'type'),
            ('user_activity', 'idx_user_activity_date', 'user_id, activity_date DESC'),
            ('user_activity', 'idx_user_activity_user', 'user_id'),
            ('career_nav_ratings', 'idx_career_nav_ratings_user', 'user_id'),
            ('career_nav_ratings', 'idx_career_nav_ratings_role', 'user_role')
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

-- Foreign keys -----------------------------------------------------------------------------------

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('student_profiles', 'student_profiles_user_id_fkey', 'user_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('mentor_profiles', 'mentor_profiles_user_id_fkey', 'user_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('assessment_questions', 'fk_assessment_questions_assessment', 'assessment_id', 'assessments', 'id', 'ON DELETE CASCADE'),
            ('assessment_questions', 'fk_assessment_questions_student_assessment', 'student_assessment_id', 'student_assessments', 'id', 'ON DELETE CASCADE'),
            ('assessment_answers', 'fk_assessment_answers_assessment', 'student_assessment_id', 'student_assessments', 'id', 'ON DELETE CASCADE'),
            ('assessment_answers', 'fk_assessment_answers_question', 'question_id', 'assessment_questions', 'id', 'ON DELETE CASCADE'),
            ('student_assessments', 'fk_student_assessments_assessment', 'assessment_id', 'assessments', 'id', 'ON DELETE CASCADE'),
            ('student_assessments', 'fk_student_assessments_student', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('career_recommendations', 'fk_career_recommendations_assessment', 'based_on_assessment_id', 'student_assessments', 'id', 'ON DELETE SET NULL'),
            ('career_recommendations', 'fk_career_recommendations_student', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('selected_careers', 'fk_selected_careers_recommendation', 'selected_from_recommendation_id', 'career_recommendations', 'id', 'ON DELETE SET NULL'),
            ('selected_careers', 'fk_selected_careers_student', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('learning_skills', 'fk_learning_skills_path', 'learning_path_id', 'learning_paths', 'id', 'ON DELETE CASCADE'),
            ('student_learning_progress', 'fk_student_learning_progress_path', 'learning_path_id', 'learning_paths', 'id', 'ON DELETE CASCADE'),
            ('student_learning_progress', 'fk_student_learning_progress_student', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('skill_completions', 'fk_skill_completions_progress', 'student_learning_progress_id', 'student_learning_progress', 'id', 'ON DELETE CASCADE'),
            ('mentor_courses', 'mentor_courses_mentor_id_fkey', 'mentor_id', 'mentor_profiles', 'user_id', 'ON DELETE CASCADE'),
            ('mentor_courses', 'mentor_courses_course_id_fkey', 'course_id', 'courses', 'id', 'ON DELETE CASCADE'),
            ('plan_topics', 'plan_topics_plan_id_fkey', 'plan_id', 'plans', 'id', 'ON DELETE CASCADE'),
            ('skill_test_questions', 'skill_test_questions_course_id_fkey', 'course_id', 'courses', 'id', 'ON DELETE CASCADE ON UPDATE CASCADE'),
            ('mentor_tests', 'mentor_tests_mentor_id_fkey', 'mentor_id', 'mentor_profiles', 'user_id', 'ON DELETE CASCADE'),
            ('mentor_course_verifications', 'mentor_course_verifications_mentor_id_fkey', 'mentor_id', 'mentor_profiles', 'user_id', 'ON DELETE CASCADE'),
            ('mentor_course_verifications', 'mentor_course_verifications_course_id_fkey', 'course_id', 'courses', 'id', 'ON DELETE CASCADE'),
            ('mentor_course_verifications', 'mentor_course_verifications_test_id_fkey', 'test_id', 'mentor_tests', 'id', 'ON DELETE CASCADE'),
            ('mentor_experiences', 'mentor_experiences_mentor_id_fkey', 'mentor_id', 'mentor_profiles', 'user_id', 'ON DELETE CASCADE'),
            ('sessions', 'sessions_student_id_fkey', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('sessions', 'sessions_mentor_id_fkey', 'mentor_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('sessions', 'sessions_course_id_fkey', 'course_id', 'courses', 'id', 'ON DELETE CASCADE'),
            ('sessions', 'sessions_plan_id_fkey', 'plan_id', 'plans', 'id', 'ON DELETE SET NULL'),
            ('session_schedule', 'session_schedule_session_id_fkey', 'session_id', 'sessions', 'id', 'ON DELETE CASCADE'),
            ('session_messages', 'session_messages_session_id_fkey', 'session_id', 'sessions', 'id', 'ON DELETE CASCADE'),
            ('session_messages', 'session_messages_sender_id_fkey', 'sender_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('session_resources', 'session_resources_schedule_id_fkey', 'schedule_id', 'session_schedule', 'id', 'ON DELETE CASCADE'),
            ('assignments', 'assignments_session_id_fkey', 'session_id', 'sessions', 'id', 'ON DELETE CASCADE'),
            ('assignments', 'assignments_mentor_id_fkey', 'mentor_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('assignment_submissions', 'assignment_submissions_assignment_id_fkey', 'assignment_id', 'assignments', 'id', 'ON DELETE CASCADE'),
            ('assignment_submissions', 'assignment_submissions_student_id_fkey', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('course_enrollments', 'course_enrollments_student_id_fkey', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('course_enrollments', 'course_enrollments_mentor_id_fkey', 'mentor_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('payments', 'payments_session_id_fkey', 'session_id', 'sessions', 'id', 'ON DELETE CASCADE'),
            ('admin_ledger', 'admin_ledger_session_id_fkey', 'session_id', 'sessions', 'id', 'ON DELETE CASCADE'),
            ('admin_ledger', 'admin_ledger_payment_id_fkey', 'payment_id', 'payments', 'id', 'ON DELETE CASCADE'),
            ('resumes', 'fk_resumes_student', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('resume_review_requests', 'resume_review_requests_resume_id_fkey', 'resume_id', 'resumes', 'id', 'ON DELETE CASCADE'),
            ('resume_review_requests', 'resume_review_requests_student_id_fkey', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('resume_review_requests', 'resume_review_requests_mentor_id_fkey', 'mentor_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('cover_letters', 'fk_cover_letters_student', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('cover_letter_review_requests', 'cover_letter_review_requests_cover_letter_id_fkey', 'cover_letter_id', 'cover_letters', 'id', 'ON DELETE CASCADE'),
            ('cover_letter_review_requests', 'cover_letter_review_requests_student_id_fkey', 'student_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('cover_letter_review_requests', 'cover_letter_review_requests_mentor_id_fkey', 'mentor_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('student_industry_insights', 'student_industry_insights_user_id_fkey', 'user_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('notifications', 'notifications_user_id_fkey', 'user_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('user_activity', 'fk_user_activity_user', 'user_id', 'users', 'id', 'ON DELETE CASCADE'),
            ('career_nav_ratings', 'career_nav_ratings_user_id_fkey', 'user_id', 'users', 'id', 'ON DELETE CASCADE')
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
