//! Which context a table belongs to.

/// The contexts, in the order in which they are shown.
pub(crate) const NAMES: [&str; 11] = [
    "identity",
    "guidance",
    "learning",
    "catalog",
    "qualification",
    "mentoring",
    "billing",
    "documents",
    "insights",
    "engagement",
    "platform",
];

/// Tables by context: a whole name, or with a star what it begins with. What is not listed is the platform's.
const TABLES: [(&str, &[&str]); 10] = [
    (
        "identity",
        &["users", "user_settings", "student_profiles", "mentor_profiles", "sign_ups", "refresh_tokens"],
    ),
    ("guidance", &["assessment*", "student_assessments", "career_recommendations", "selected_careers"]),
    ("learning", &["learning_*", "student_learning_progress", "skill_completions"]),
    ("catalog", &["courses", "mentor_courses", "plans", "plan_*"]),
    (
        "qualification",
        &["skill_test_questions", "mentor_test*", "mentor_course_verifications", "mentor_experiences"],
    ),
    ("mentoring", &["session*", "slot_holds", "assignment*", "course_enrollments", "enrolment*", "chat_*"]),
    (
        "billing",
        &[
            "payment*",
            "admin_ledger",
            "ledger_*",
            "gateway_*",
            "payout*",
            "refund*",
            "dispute*",
            "journal*",
            "approvals",
            "settlement_reversals",
            "settlements",
            "document_series",
            "issued_documents",
        ],
    ),
    ("documents", &["resume*", "cover_letter*", "stored_files", "files"]),
    ("insights", &["industry_insights", "branch_industry_insights", "student_industry_insights"]),
    ("engagement", &["notification*", "user_activity", "career_nav_ratings"]),
];

/// The context of a table.
pub(crate) fn of_table(table: &str) -> &'static str {
    let is_in = |names: &[&str]| {
        names.iter().any(|name| match name.strip_suffix('*') {
            Some(beginning) => table.starts_with(beginning),
            None => *name == table,
        })
    };
    TABLES.iter().find(|(_, names)| is_in(names)).map_or("platform", |(context, _)| context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_name_or_its_beginning_and_the_rest_is_the_platforms() {
        assert_eq!(of_table("plan_topics"), "catalog");
        assert_eq!(of_table("session_terms"), "mentoring");
        assert_eq!(of_table("outbox"), "platform");
        assert!(TABLES.iter().all(|(name, _)| NAMES.contains(name)));
    }
}
