-- Takes away what this script alone answers for. The cover letters and the type ReviewStatus belong
-- to the migration that sorts before it; only their way to the users is cut. No CASCADE: whatever
-- else leans on these tables stops the script instead of disappearing with them.

ALTER TABLE IF EXISTS public.cover_letters DROP CONSTRAINT IF EXISTS fk_cover_letters_student;
ALTER TABLE IF EXISTS public.cover_letter_review_requests DROP CONSTRAINT IF EXISTS cover_letter_review_requests_student_id_fkey;
ALTER TABLE IF EXISTS public.cover_letter_review_requests DROP CONSTRAINT IF EXISTS cover_letter_review_requests_mentor_id_fkey;

DROP TABLE IF EXISTS
    public.users,
    public.student_profiles,
    public.mentor_profiles,
    public.assessments,
    public.assessment_questions,
    public.assessment_answers,
    public.student_assessments,
    public.career_recommendations,
    public.selected_careers,
    public.learning_paths,
    public.learning_skills,
    public.student_learning_progress,
    public.skill_completions,
    public.courses,
    public.mentor_courses,
    public.plans,
    public.plan_topics,
    public.skill_test_questions,
    public.mentor_tests,
    public.mentor_course_verifications,
    public.mentor_experiences,
    public.sessions,
    public.session_schedule,
    public.session_messages,
    public.session_resources,
    public.assignments,
    public.assignment_submissions,
    public.course_enrollments,
    public.payments,
    public.admin_ledger,
    public.resumes,
    public.resume_review_requests,
    public.industry_insights,
    public.branch_industry_insights,
    public.student_industry_insights,
    public.notifications,
    public.user_activity,
    public.career_nav_ratings;

DROP TYPE IF EXISTS
    public."Role",
    public."SessionStatus",
    public."PaymentStatus",
    public."PayoutStatus",
    public."ScheduleStatus",
    public."TestStatus",
    public."SubmissionStatus",
    public."CourseStatus";
