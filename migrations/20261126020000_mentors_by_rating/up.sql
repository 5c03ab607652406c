-- Lists of mentors, the best rated first.
CREATE INDEX mentor_profiles_best ON mentor_profiles ((coalesce(rating, 0)) DESC, id DESC);
