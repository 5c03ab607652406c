DROP INDEX mentor_profiles_best;
