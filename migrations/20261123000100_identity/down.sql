DROP INDEX users_email_lower;
DROP TABLE refresh_tokens;
DROP TABLE sign_ups;
DROP TABLE user_settings;
