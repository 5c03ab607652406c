-- case: index
CREATE INDEX i ON users (email);
-- case: index_concurrently_in_a_transaction
BEGIN; CREATE INDEX CONCURRENTLY i ON users (email); COMMIT;
-- case: unique_index
CREATE UNIQUE INDEX i ON public.users (email);
-- case: index_on_a_new_table
CREATE TABLE fresh (id bigint PRIMARY KEY, name text); CREATE INDEX i ON fresh (name);
-- case: drop_index
DROP INDEX i;
-- case: drop_index_concurrently
DROP INDEX CONCURRENTLY i;
-- case: required_column
ALTER TABLE users ADD COLUMN age bigint NOT NULL;
-- case: required_column_with_a_default
ALTER TABLE users ADD COLUMN age bigint NOT NULL DEFAULT 0;
-- case: nullable_column
ALTER TABLE users ADD COLUMN age bigint;
-- case: default_that_differs_by_row
ALTER TABLE users ADD COLUMN tag uuid DEFAULT gen_random_uuid();
-- case: default_of_the_moment
ALTER TABLE users ADD COLUMN seen timestamptz DEFAULT now();
-- case: not_null_later
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
-- case: null_allowed
ALTER TABLE users ALTER COLUMN name DROP NOT NULL;
-- case: type
ALTER TABLE users ALTER COLUMN name TYPE text;
-- case: foreign_key
ALTER TABLE sessions ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id);
-- case: foreign_key_not_valid
ALTER TABLE sessions ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
-- case: validated_later
ALTER TABLE sessions VALIDATE CONSTRAINT f;
-- case: check
ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0);
-- case: check_not_valid
ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;
-- case: unique
ALTER TABLE users ADD CONSTRAINT u UNIQUE (email);
-- case: unique_by_index
ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX i;
-- case: primary_key
ALTER TABLE users ADD PRIMARY KEY (id);
-- case: drop_column
ALTER TABLE users DROP COLUMN name;
-- case: drop_constraint
ALTER TABLE users DROP CONSTRAINT u;
-- case: drop_table
DROP TABLE users;
-- case: drop_database
DROP DATABASE careernav;
-- case: rename_column
ALTER TABLE users RENAME COLUMN name TO full_name;
-- case: rename_table
ALTER TABLE users RENAME TO people;
-- case: truncate
TRUNCATE users CASCADE;
-- case: new_table
CREATE TABLE fresh (id bigint PRIMARY KEY, user_id text REFERENCES users (id));
-- case: rows
UPDATE users SET name = 'nobody' WHERE name IS NULL;
-- case: do_block
DO $$ BEGIN DROP TABLE users; END $$;
