DROP INDEX admin_ledger_session;
DROP INDEX session_terms_course;
DROP INDEX mentor_profiles_best;
