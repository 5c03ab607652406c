DROP INDEX session_terms_course;
DROP INDEX mentor_profiles_best;
