//! The tables as diesel knows them, printed from the migrated database by `careernav generate`.
//! Do not edit: change a migration and generate anew.
// @generated

diesel::table! {
    use crate::sql_types::PayoutStatus;
    use diesel::sql_types::{Int4, Nullable, Numeric, Timestamp, Varchar};

    admin_ledger (id) {
        id -> Int4,
        payment_id -> Varchar,
        session_id -> Varchar,
        mentor_id -> Varchar,
        amount -> Numeric,
        mentor_payout_amount -> Nullable<Numeric>,
        platform_fee -> Nullable<Numeric>,
        payout_status -> PayoutStatus,
        payout_released_at -> Nullable<Timestamp>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        version -> Int4,
    }
}

diesel::table! {
    approvals (id) {
        id -> Text,
        kind -> Varchar,
        payment_id -> Text,
        amount_minor -> Int8,
        currency -> Varchar,
        reason -> Varchar,
        status -> Varchar,
        asked_by -> Text,
        asked_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    assessment_answers (id) {
        id -> Int4,
        student_assessment_id -> Int4,
        question_id -> Int4,
        answer_text -> Text,
        answer_index -> Nullable<Int4>,
        is_correct -> Nullable<Bool>,
        points_earned -> Nullable<Int4>,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    assessment_questions (id) {
        id -> Int4,
        assessment_id -> Int4,
        question_text -> Text,
        question_type -> Varchar,
        options -> Nullable<Jsonb>,
        correct_answer -> Nullable<Text>,
        points -> Nullable<Int4>,
        question_order -> Int4,
        created_at -> Nullable<Timestamp>,
        student_assessment_id -> Nullable<Int4>,
        generated_by_ai -> Nullable<Bool>,
        ai_metadata -> Nullable<Jsonb>,
    }
}

diesel::table! {
    assessments (id) {
        id -> Int4,
        title -> Varchar,
        description -> Nullable<Text>,
        #[sql_name = "type"]
        type_ -> Varchar,
        duration_minutes -> Int4,
        total_questions -> Int4,
        is_active -> Nullable<Bool>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        generated_by_ai -> Nullable<Bool>,
    }
}

diesel::table! {
    use crate::sql_types::{ReviewStatus, SubmissionStatus};
    use diesel::sql_types::{Int4, Nullable, Text, Timestamp, Varchar};

    assignment_submissions (id) {
        id -> Int4,
        assignment_id -> Int4,
        student_id -> Varchar,
        file_url -> Varchar,
        submitted_at -> Timestamp,
        status -> SubmissionStatus,
        review_status -> ReviewStatus,
        mentor_feedback -> Nullable<Text>,
        reviewed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    assignments (id) {
        id -> Int4,
        session_id -> Varchar,
        mentor_id -> Varchar,
        title -> Varchar,
        description -> Nullable<Text>,
        created_at -> Timestamp,
        due_at -> Timestamp,
        is_active -> Bool,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Int8,
        at -> Timestamp,
        actor_id -> Nullable<Varchar>,
        action -> Varchar,
        subject -> Varchar,
        details -> Jsonb,
        actor_kind -> Nullable<Varchar>,
    }
}

diesel::table! {
    branch_industry_insights (id) {
        id -> Int4,
        branch -> Varchar,
        week_number -> Int4,
        year -> Int4,
        content -> Jsonb,
        summary -> Nullable<Text>,
        last_updated -> Timestamp,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use crate::sql_types::Role;
    use diesel::sql_types::{Int4, Nullable, Text, Timestamp, Varchar};

    career_nav_ratings (id) {
        id -> Text,
        user_id -> Varchar,
        user_role -> Role,
        rating -> Int4,
        comment -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    career_recommendations (id) {
        id -> Int4,
        student_id -> Varchar,
        career_title -> Varchar,
        career_id -> Varchar,
        match_percentage -> Int4,
        description -> Nullable<Text>,
        salary_min -> Nullable<Numeric>,
        salary_max -> Nullable<Numeric>,
        salary_currency -> Nullable<Varchar>,
        salary_unit -> Nullable<Varchar>,
        growth_indicator -> Nullable<Varchar>,
        growth_type -> Nullable<Varchar>,
        skills -> Nullable<Array<Nullable<Text>>>,
        based_on_assessment_id -> Nullable<Int4>,
        created_at -> Nullable<Timestamp>,
        generated_from_profile -> Nullable<Jsonb>,
        generated_from_assessment -> Nullable<Jsonb>,
        ai_provider -> Nullable<Varchar>,
        prompt_version -> Nullable<Varchar>,
    }
}

diesel::table! {
    use crate::sql_types::CourseStatus;
    use diesel::sql_types::{Nullable, Text, Timestamp, Varchar};

    course_enrollments (id) {
        id -> Text,
        student_id -> Varchar,
        mentor_id -> Varchar,
        skill_name -> Varchar,
        course_status -> CourseStatus,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        last_status_calculated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    courses (id) {
        id -> Int4,
        career_id -> Nullable<Varchar>,
        title -> Varchar,
        description -> Nullable<Text>,
        is_active -> Nullable<Bool>,
        created_by -> Nullable<Varchar>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use crate::sql_types::ReviewStatus;
    use diesel::sql_types::{Int4, Nullable, Text, Timestamp, Varchar};

    cover_letter_review_requests (id) {
        id -> Int4,
        cover_letter_id -> Int4,
        student_id -> Varchar,
        mentor_id -> Varchar,
        status -> ReviewStatus,
        mentor_feedback -> Nullable<Text>,
        rating -> Nullable<Int4>,
        reviewed_at -> Nullable<Timestamp>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    cover_letters (id) {
        id -> Int4,
        student_id -> Varchar,
        title -> Nullable<Varchar>,
        job_title -> Nullable<Varchar>,
        company_name -> Nullable<Varchar>,
        job_description -> Nullable<Text>,
        cover_letter_text -> Text,
        has_job_description -> Nullable<Bool>,
        is_primary -> Nullable<Bool>,
        version -> Nullable<Int4>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    disputes (id) {
        id -> Text,
        payment_id -> Text,
        gateway_key -> Varchar,
        amount_minor -> Int8,
        currency -> Varchar,
        status -> Varchar,
        opened_at -> Timestamp,
        decided_at -> Nullable<Timestamp>,
        version -> Int4,
    }
}

diesel::table! {
    document_series (series, year) {
        series -> Varchar,
        year -> Int4,
        next -> Int4,
    }
}

diesel::table! {
    gateway_facts (gateway, event) {
        gateway -> Varchar,
        event -> Varchar,
        payment_id -> Text,
        order_key -> Varchar,
        attempt -> Varchar,
        kind -> Varchar,
        amount_minor -> Int8,
        currency -> Varchar,
        outcome -> Varchar,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    idempotency_keys (user_id, method, route, key) {
        user_id -> Varchar,
        method -> Varchar,
        route -> Varchar,
        key -> Varchar,
        fingerprint -> Varchar,
        status -> Int2,
        location -> Nullable<Varchar>,
        body -> Jsonb,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    industry_insights (id) {
        id -> Int4,
        industry -> Varchar,
        industry_id -> Varchar,
        role_title -> Nullable<Varchar>,
        experience_level -> Nullable<Varchar>,
        location -> Nullable<Varchar>,
        salary_min -> Nullable<Numeric>,
        salary_max -> Nullable<Numeric>,
        salary_currency -> Nullable<Varchar>,
        salary_unit -> Nullable<Varchar>,
        growth_trend -> Nullable<Jsonb>,
        roles_in_demand -> Nullable<Jsonb>,
        skills_in_demand -> Nullable<Array<Nullable<Text>>>,
        summary_points -> Nullable<Array<Nullable<Text>>>,
        last_updated -> Date,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    issued_documents (number) {
        number -> Varchar,
        series -> Varchar,
        year -> Int4,
        place -> Int4,
        kind -> Varchar,
        source_id -> Text,
        payment_id -> Text,
        person_id -> Text,
        amount_minor -> Int8,
        currency -> Varchar,
        corrects -> Nullable<Varchar>,
        particulars -> Jsonb,
        occurred_at -> Timestamp,
        issued_at -> Timestamp,
    }
}

diesel::table! {
    jobs (id) {
        id -> Int8,
        kind -> Varchar,
        subject -> Varchar,
        version -> Int8,
        payload -> Jsonb,
        run_at -> Timestamp,
        attempts -> Int4,
        leased_by -> Nullable<Varchar>,
        leased_until -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        dead_at -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    journal_entries (id) {
        id -> Int8,
        kind -> Varchar,
        source_id -> Text,
        source_version -> Int4,
        payment_id -> Nullable<Text>,
        currency -> Varchar,
        posted_at -> Timestamp,
        posted_in -> Nullable<Int8>,
    }
}

diesel::table! {
    journal_lines (entry_id, account_id) {
        entry_id -> Int8,
        account_id -> Text,
        amount -> Int8,
    }
}

diesel::table! {
    learning_paths (id) {
        id -> Int4,
        career_id -> Varchar,
        title -> Varchar,
        description -> Nullable<Text>,
        total_skills -> Nullable<Int4>,
        estimated_duration_weeks -> Nullable<Int4>,
        is_active -> Nullable<Bool>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    learning_skills (id) {
        id -> Int4,
        learning_path_id -> Int4,
        skill_id -> Varchar,
        name -> Varchar,
        description -> Nullable<Text>,
        long_description -> Nullable<Text>,
        skill_order -> Int4,
        youtube_videos -> Nullable<Jsonb>,
        external_resources -> Nullable<Jsonb>,
        skill_test_questions -> Nullable<Jsonb>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        generated_by_ai -> Nullable<Bool>,
        ai_metadata -> Nullable<Jsonb>,
    }
}

diesel::table! {
    ledger_accounts (id) {
        id -> Text,
        kind -> Varchar,
        class -> Varchar,
        owner_id -> Nullable<Text>,
        currency -> Varchar,
        balance -> Int8,
    }
}

diesel::table! {
    ledger_terms (payment_id) {
        payment_id -> Text,
        currency -> Varchar,
        fee_basis_points -> Int2,
        voided_at -> Nullable<Timestamp>,
        refunded_minor -> Int8,
        hold_until -> Nullable<Timestamp>,
        clawed_minor -> Int8,
        clawed_fee_minor -> Int8,
        held_reason -> Nullable<Varchar>,
        dispute_id -> Nullable<Text>,
        attempts -> Int4,
    }
}

diesel::table! {
    mentor_course_verifications (id) {
        id -> Int4,
        mentor_id -> Varchar,
        course_id -> Int4,
        test_id -> Int4,
        verified_at -> Nullable<Timestamp>,
        verification_score -> Numeric,
        is_active -> Nullable<Bool>,
    }
}

diesel::table! {
    mentor_courses (id) {
        id -> Int4,
        mentor_id -> Varchar,
        course_id -> Int4,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    mentor_experiences (id) {
        id -> Int4,
        mentor_id -> Varchar,
        company -> Varchar,
        role -> Varchar,
        domain -> Nullable<Varchar>,
        start_date -> Nullable<Date>,
        end_date -> Nullable<Date>,
        is_current -> Nullable<Bool>,
        description -> Nullable<Text>,
        achievements -> Nullable<Array<Nullable<Text>>>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    mentor_profiles (id) {
        id -> Int4,
        user_id -> Varchar,
        full_name -> Nullable<Varchar>,
        bio -> Nullable<Text>,
        current_role -> Nullable<Varchar>,
        profile_photo_url -> Nullable<Varchar>,
        highest_qualification -> Nullable<Varchar>,
        degree -> Nullable<Varchar>,
        branch -> Nullable<Varchar>,
        college -> Nullable<Varchar>,
        graduation_year -> Nullable<Int4>,
        current_year -> Nullable<Varchar>,
        experience_years -> Nullable<Int4>,
        profession -> Nullable<Varchar>,
        company -> Nullable<Varchar>,
        expertise_areas -> Nullable<Array<Nullable<Text>>>,
        linkedin_url -> Nullable<Varchar>,
        profile_completed -> Nullable<Bool>,
        rating -> Nullable<Numeric>,
        total_reviews -> Nullable<Int4>,
        session_types -> Nullable<Array<Nullable<Text>>>,
        pricing_per_hour -> Nullable<Numeric>,
        available_slots -> Nullable<Jsonb>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use crate::sql_types::TestStatus;
    use diesel::sql_types::{Array, Int4, Jsonb, Nullable, Numeric, Text, Timestamp, Varchar};

    mentor_tests (id) {
        id -> Int4,
        mentor_id -> Varchar,
        course_name -> Varchar,
        course_category -> Nullable<Varchar>,
        score -> Numeric,
        status -> TestStatus,
        test_duration -> Nullable<Int4>,
        total_questions -> Nullable<Int4>,
        correct_answers -> Nullable<Int4>,
        analysis -> Nullable<Jsonb>,
        strengths -> Nullable<Array<Nullable<Text>>>,
        weaknesses -> Nullable<Array<Nullable<Text>>>,
        feedback -> Nullable<Text>,
        attempted_at -> Nullable<Timestamp>,
        completed_at -> Nullable<Timestamp>,
        retry_available_after -> Nullable<Timestamp>,
    }
}

diesel::table! {
    notifications (id) {
        id -> Int4,
        user_id -> Varchar,
        #[sql_name = "type"]
        type_ -> Varchar,
        title -> Varchar,
        message -> Text,
        related_id -> Nullable<Varchar>,
        is_read -> Nullable<Bool>,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    operator_backup_codes (operator_id, code_hash) {
        operator_id -> Text,
        code_hash -> Varchar,
    }
}

diesel::table! {
    operator_idempotency_keys (operator_id, method, route, key) {
        operator_id -> Varchar,
        method -> Varchar,
        route -> Varchar,
        key -> Varchar,
        fingerprint -> Varchar,
        status -> Int2,
        location -> Nullable<Varchar>,
        body -> Jsonb,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    operator_permissions (operator_id, permission) {
        operator_id -> Text,
        permission -> Varchar,
        granted_at -> Timestamp,
    }
}

diesel::table! {
    operator_refresh_tokens (hash) {
        hash -> Varchar,
        family -> Text,
        operator_id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    operators (id) {
        id -> Text,
        email -> Varchar,
        password_hash -> Varchar,
        totp_secret -> Varchar,
        totp_last_step -> Int8,
        user_id -> Nullable<Text>,
        token_version -> Int4,
        tokens_raised_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    outbox (id) {
        id -> Int8,
        kind -> Varchar,
        subject -> Varchar,
        facts -> Jsonb,
        created_at -> Timestamp,
        dispatched_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use crate::sql_types::PaymentStatus;
    use diesel::sql_types::{Int4, Jsonb, Nullable, Numeric, Text, Timestamp, Varchar};

    payments (id) {
        id -> Text,
        session_id -> Varchar,
        amount -> Numeric,
        currency -> Varchar,
        gateway -> Varchar,
        gateway_payment_id -> Nullable<Varchar>,
        gateway_order_id -> Nullable<Varchar>,
        status -> PaymentStatus,
        paid_to -> Varchar,
        payment_method -> Nullable<Varchar>,
        payment_data -> Nullable<Jsonb>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        completed_at -> Nullable<Timestamp>,
        version -> Int4,
    }
}

diesel::table! {
    payout_attempts (id) {
        id -> Text,
        payment_id -> Text,
        mentor_id -> Text,
        number -> Int4,
        amount_minor -> Int8,
        currency -> Varchar,
        adapter -> Varchar,
        status -> Varchar,
        reference -> Nullable<Varchar>,
        failure -> Nullable<Varchar>,
        started_by -> Nullable<Text>,
        started_at -> Timestamp,
        settled_at -> Nullable<Timestamp>,
        version -> Int4,
    }
}

diesel::table! {
    plan_topics (id) {
        id -> Int4,
        plan_id -> Int4,
        week_number -> Int4,
        session_number -> Int4,
        topic_title -> Varchar,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    plans (id) {
        id -> Int4,
        skill_name -> Varchar,
        plan_key -> Varchar,
        plan_title -> Varchar,
        price -> Numeric,
        duration_weeks -> Int4,
        sessions_per_week -> Int4,
        description -> Nullable<Text>,
        is_active -> Bool,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    refresh_tokens (hash) {
        hash -> Varchar,
        family -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    refunds (id) {
        id -> Text,
        payment_id -> Text,
        amount_minor -> Int8,
        currency -> Varchar,
        cause -> Varchar,
        status -> Varchar,
        requested_at -> Timestamp,
        attempt -> Varchar,
        source -> Varchar,
        reason -> Nullable<Varchar>,
        asked_by -> Nullable<Text>,
        tries -> Int4,
        failure -> Nullable<Varchar>,
        updated_at -> Timestamp,
        version -> Int4,
    }
}

diesel::table! {
    use crate::sql_types::ReviewStatus;
    use diesel::sql_types::{Int4, Nullable, Text, Timestamp, Varchar};

    resume_review_requests (id) {
        id -> Int4,
        resume_id -> Int4,
        student_id -> Varchar,
        mentor_id -> Varchar,
        status -> ReviewStatus,
        mentor_feedback -> Nullable<Text>,
        rating -> Nullable<Int4>,
        reviewed_at -> Nullable<Timestamp>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    resumes (id) {
        id -> Int4,
        student_id -> Varchar,
        title -> Nullable<Varchar>,
        resume_data -> Jsonb,
        generated_resume_text -> Nullable<Text>,
        is_primary -> Nullable<Bool>,
        version -> Nullable<Int4>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    selected_careers (id) {
        id -> Int4,
        student_id -> Varchar,
        career_id -> Varchar,
        career_title -> Varchar,
        selected_from_recommendation_id -> Nullable<Int4>,
        selected_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    session_item_terms (schedule_id) {
        schedule_id -> Int4,
        session_id -> Text,
        item -> Int4,
        ends_at -> Timestamp,
        moves -> Int2,
        proposed_by -> Nullable<Varchar>,
        proposed_start -> Nullable<Timestamp>,
        proposed_minute -> Nullable<Int2>,
        proposed_at -> Nullable<Timestamp>,
        reported_at -> Nullable<Timestamp>,
        report_note -> Nullable<Varchar>,
        report_upheld -> Nullable<Bool>,
        report_decided_at -> Nullable<Timestamp>,
        reminded_day -> Bool,
        reminded_hour -> Bool,
        completed_at -> Nullable<Timestamp>,
        cancelled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    session_messages (id) {
        id -> Int4,
        session_id -> Varchar,
        sender_id -> Varchar,
        sender_role -> Varchar,
        content -> Text,
        message_type -> Varchar,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    session_resources (id) {
        id -> Int4,
        schedule_id -> Int4,
        file_name -> Varchar,
        file_url -> Varchar,
        file_size -> Nullable<Int4>,
        uploaded_by -> Varchar,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use crate::sql_types::ScheduleStatus;
    use diesel::sql_types::{Int4, Nullable, Timestamp, Varchar};

    session_schedule (id) {
        id -> Int4,
        session_id -> Varchar,
        week_number -> Int4,
        session_number -> Int4,
        topic_title -> Varchar,
        scheduled_date -> Timestamp,
        scheduled_time -> Varchar,
        status -> ScheduleStatus,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        version -> Int4,
    }
}

diesel::table! {
    session_terms (session_id) {
        session_id -> Text,
        student_id -> Varchar,
        mentor_id -> Varchar,
        skill_slug -> Varchar,
        is_live -> Bool,
        price_minor -> Int8,
        currency -> Varchar,
        fee_basis_points -> Int2,
        zone -> Varchar,
        first_date -> Date,
        wall_minute -> Int2,
        offered_weekdays -> Int2,
        weeks -> Int2,
        per_week -> Int2,
        policy -> Jsonb,
        expires_at -> Timestamp,
        pay_by -> Nullable<Timestamp>,
        reason -> Nullable<Varchar>,
        ended_by -> Nullable<Varchar>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use crate::sql_types::SessionStatus;
    use diesel::sql_types::{Bool, Int4, Nullable, Text, Timestamp, Varchar};

    sessions (id) {
        id -> Text,
        student_id -> Varchar,
        mentor_id -> Varchar,
        course_id -> Int4,
        session_type -> Varchar,
        scheduled_at -> Timestamp,
        end_time -> Nullable<Timestamp>,
        status -> SessionStatus,
        student_message -> Nullable<Text>,
        zoom_link -> Nullable<Varchar>,
        zoom_link_expires_at -> Nullable<Timestamp>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        completed_at -> Nullable<Timestamp>,
        skill_id -> Nullable<Varchar>,
        skill_name -> Varchar,
        plan_id -> Nullable<Int4>,
        reminder_sent -> Nullable<Bool>,
        version -> Int4,
    }
}

diesel::table! {
    settlement_reversals (reference) {
        reference -> Varchar,
        reason -> Varchar,
        reversed_by -> Text,
        reversed_at -> Timestamp,
    }
}

diesel::table! {
    settlements (reference) {
        reference -> Varchar,
        amount_minor -> Int8,
        fee_minor -> Int8,
        currency -> Varchar,
        recorded_by -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    use crate::sql_types::Role;
    use diesel::sql_types::{Int4, Text, Timestamp, Varchar};

    sign_ups (id) {
        id -> Text,
        email -> Varchar,
        name -> Varchar,
        role -> Role,
        password_hash -> Varchar,
        code_hash -> Varchar,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        attempts -> Int4,
    }
}

diesel::table! {
    skill_completions (id) {
        id -> Int4,
        student_learning_progress_id -> Int4,
        skill_id -> Varchar,
        skill_test_score -> Nullable<Numeric>,
        completed_at -> Nullable<Timestamp>,
        time_spent_minutes -> Nullable<Int4>,
    }
}

diesel::table! {
    skill_test_questions (id) {
        id -> Int4,
        course_id -> Int4,
        question_text -> Text,
        options -> Jsonb,
        correct_answer -> Int4,
        question_type -> Varchar,
        difficulty -> Varchar,
        explanation -> Nullable<Text>,
        points -> Int4,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    slot_holds (session_id, user_id, item) {
        user_id -> Varchar,
        session_id -> Text,
        item -> Int4,
        during -> Range<Timestamp>,
    }
}

diesel::table! {
    status_transitions (machine, from_status, to_status) {
        machine -> Varchar,
        from_status -> Varchar,
        to_status -> Varchar,
    }
}

diesel::table! {
    student_assessments (id) {
        id -> Int4,
        student_id -> Varchar,
        assessment_id -> Int4,
        assessment_type -> Nullable<Varchar>,
        status -> Varchar,
        score -> Nullable<Numeric>,
        total_points -> Nullable<Int4>,
        earned_points -> Nullable<Int4>,
        started_at -> Nullable<Timestamp>,
        completed_at -> Nullable<Timestamp>,
        time_taken_minutes -> Nullable<Int4>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        ai_provider -> Nullable<Varchar>,
        prompt_version -> Nullable<Varchar>,
    }
}

diesel::table! {
    student_industry_insights (id) {
        id -> Int4,
        user_id -> Varchar,
        week_number -> Int4,
        year -> Int4,
        content -> Jsonb,
        summary -> Nullable<Text>,
        last_updated -> Timestamp,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    student_learning_progress (id) {
        id -> Int4,
        student_id -> Varchar,
        learning_path_id -> Int4,
        status -> Varchar,
        skills_completed -> Nullable<Int4>,
        total_skills -> Int4,
        progress_percentage -> Nullable<Int4>,
        current_skill_id -> Nullable<Varchar>,
        started_at -> Nullable<Timestamp>,
        completed_at -> Nullable<Timestamp>,
        last_accessed_at -> Nullable<Timestamp>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    student_profiles (id) {
        id -> Int4,
        user_id -> Varchar,
        full_name -> Nullable<Varchar>,
        grade_or_year -> Nullable<Varchar>,
        school_or_college -> Nullable<Varchar>,
        interests -> Nullable<Array<Nullable<Text>>>,
        career_goals -> Nullable<Text>,
        bio -> Nullable<Text>,
        profile_completed -> Nullable<Bool>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
        primary_domain -> Nullable<Varchar>,
        existing_skills -> Nullable<Array<Nullable<Text>>>,
        other_skills -> Nullable<Text>,
        experience_level -> Nullable<Varchar>,
        profile_verified -> Nullable<Bool>,
        education_type -> Nullable<Varchar>,
        branch -> Nullable<Varchar>,
        phone -> Nullable<Varchar>,
        date_of_birth -> Nullable<Date>,
        profile_photo_url -> Nullable<Varchar>,
        profile_badges -> Nullable<Array<Nullable<Text>>>,
        gpa -> Nullable<Varchar>,
        linkedin_url -> Nullable<Varchar>,
        github_url -> Nullable<Varchar>,
        portfolio_url -> Nullable<Varchar>,
        twitter_url -> Nullable<Varchar>,
        website_url -> Nullable<Varchar>,
    }
}

diesel::table! {
    user_activity (id) {
        id -> Int4,
        user_id -> Varchar,
        activity_date -> Date,
        activity_type -> Nullable<Varchar>,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    user_settings (user_id) {
        user_id -> Text,
        zone -> Varchar,
        token_version -> Int4,
        email_verified_at -> Nullable<Timestamp>,
        updated_at -> Timestamp,
        suspended_at -> Nullable<Timestamp>,
        suspension_reason -> Nullable<Varchar>,
        tokens_raised_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use crate::sql_types::Role;
    use diesel::sql_types::{Bool, Nullable, Text, Timestamp, Varchar};

    users (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        role -> Role,
        provider -> Text,
        #[sql_name = "createdAt"]
        created_at -> Timestamp,
        #[sql_name = "updatedAt"]
        updated_at -> Timestamp,
        password -> Nullable<Varchar>,
        profile_completed -> Nullable<Bool>,
    }
}

diesel::joinable!(admin_ledger -> payments (payment_id));

diesel::joinable!(admin_ledger -> sessions (session_id));

diesel::joinable!(approvals -> payments (payment_id));

diesel::joinable!(assessment_answers -> assessment_questions (question_id));

diesel::joinable!(assessment_answers -> student_assessments (student_assessment_id));

diesel::joinable!(assessment_questions -> assessments (assessment_id));

diesel::joinable!(assessment_questions -> student_assessments (student_assessment_id));

diesel::joinable!(assignment_submissions -> assignments (assignment_id));

diesel::joinable!(assignment_submissions -> users (student_id));

diesel::joinable!(assignments -> sessions (session_id));

diesel::joinable!(assignments -> users (mentor_id));

diesel::joinable!(career_nav_ratings -> users (user_id));

diesel::joinable!(career_recommendations -> student_assessments (based_on_assessment_id));

diesel::joinable!(career_recommendations -> users (student_id));

diesel::joinable!(cover_letter_review_requests -> cover_letters (cover_letter_id));

diesel::joinable!(cover_letters -> users (student_id));

diesel::joinable!(disputes -> payments (payment_id));

diesel::joinable!(gateway_facts -> payments (payment_id));

diesel::joinable!(issued_documents -> payments (payment_id));

diesel::joinable!(issued_documents -> users (person_id));

diesel::joinable!(journal_entries -> payments (payment_id));

diesel::joinable!(journal_lines -> journal_entries (entry_id));

diesel::joinable!(journal_lines -> ledger_accounts (account_id));

diesel::joinable!(learning_skills -> learning_paths (learning_path_id));

diesel::joinable!(ledger_accounts -> users (owner_id));

diesel::joinable!(ledger_terms -> payments (payment_id));

diesel::joinable!(mentor_course_verifications -> courses (course_id));

diesel::joinable!(mentor_course_verifications -> mentor_tests (test_id));

diesel::joinable!(mentor_courses -> courses (course_id));

diesel::joinable!(mentor_profiles -> users (user_id));

diesel::joinable!(notifications -> users (user_id));

diesel::joinable!(operator_backup_codes -> operators (operator_id));

diesel::joinable!(operator_permissions -> operators (operator_id));

diesel::joinable!(operator_refresh_tokens -> operators (operator_id));

diesel::joinable!(operators -> users (user_id));

diesel::joinable!(payments -> sessions (session_id));

diesel::joinable!(payout_attempts -> operators (started_by));

diesel::joinable!(payout_attempts -> payments (payment_id));

diesel::joinable!(payout_attempts -> users (mentor_id));

diesel::joinable!(plan_topics -> plans (plan_id));

diesel::joinable!(refresh_tokens -> users (user_id));

diesel::joinable!(refunds -> operators (asked_by));

diesel::joinable!(refunds -> payments (payment_id));

diesel::joinable!(resume_review_requests -> resumes (resume_id));

diesel::joinable!(resumes -> users (student_id));

diesel::joinable!(selected_careers -> career_recommendations (selected_from_recommendation_id));

diesel::joinable!(selected_careers -> users (student_id));

diesel::joinable!(session_item_terms -> session_schedule (schedule_id));

diesel::joinable!(session_item_terms -> sessions (session_id));

diesel::joinable!(session_messages -> sessions (session_id));

diesel::joinable!(session_messages -> users (sender_id));

diesel::joinable!(session_resources -> session_schedule (schedule_id));

diesel::joinable!(session_schedule -> sessions (session_id));

diesel::joinable!(session_terms -> sessions (session_id));

diesel::joinable!(sessions -> courses (course_id));

diesel::joinable!(sessions -> plans (plan_id));

diesel::joinable!(settlement_reversals -> operators (reversed_by));

diesel::joinable!(settlement_reversals -> settlements (reference));

diesel::joinable!(settlements -> operators (recorded_by));

diesel::joinable!(skill_completions -> student_learning_progress (student_learning_progress_id));

diesel::joinable!(skill_test_questions -> courses (course_id));

diesel::joinable!(slot_holds -> sessions (session_id));

diesel::joinable!(student_assessments -> assessments (assessment_id));

diesel::joinable!(student_assessments -> users (student_id));

diesel::joinable!(student_industry_insights -> users (user_id));

diesel::joinable!(student_learning_progress -> learning_paths (learning_path_id));

diesel::joinable!(student_learning_progress -> users (student_id));

diesel::joinable!(student_profiles -> users (user_id));

diesel::joinable!(user_activity -> users (user_id));

diesel::joinable!(user_settings -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    admin_ledger,
    approvals,
    assessment_answers,
    assessment_questions,
    assessments,
    assignment_submissions,
    assignments,
    audit_events,
    branch_industry_insights,
    career_nav_ratings,
    career_recommendations,
    course_enrollments,
    courses,
    cover_letter_review_requests,
    cover_letters,
    disputes,
    document_series,
    gateway_facts,
    idempotency_keys,
    industry_insights,
    issued_documents,
    jobs,
    journal_entries,
    journal_lines,
    learning_paths,
    learning_skills,
    ledger_accounts,
    ledger_terms,
    mentor_course_verifications,
    mentor_courses,
    mentor_experiences,
    mentor_profiles,
    mentor_tests,
    notifications,
    operator_backup_codes,
    operator_idempotency_keys,
    operator_permissions,
    operator_refresh_tokens,
    operators,
    outbox,
    payments,
    payout_attempts,
    plan_topics,
    plans,
    refresh_tokens,
    refunds,
    resume_review_requests,
    resumes,
    selected_careers,
    session_item_terms,
    session_messages,
    session_resources,
    session_schedule,
    session_terms,
    sessions,
    settlement_reversals,
    settlements,
    sign_ups,
    skill_completions,
    skill_test_questions,
    slot_holds,
    status_transitions,
    student_assessments,
    student_industry_insights,
    student_learning_progress,
    student_profiles,
    user_activity,
    user_settings,
    users,
);
