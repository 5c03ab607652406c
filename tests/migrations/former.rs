//! A database as the tool that was here before left it: its history, its people and their sessions.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use adapter_migrator::catalog::{Class, drift};
use adapter_migrator::{AdoptOptions, AdoptReport, DeployOptions, Migrator, MigratorError};
use application_identity::LogIn;
use domain_identity::Password;

use super::folders::{OWNERS, repository};
use super::sql;
use crate::support::cluster::empty_database;
use crate::support::stores::{Stores, postgres};
use crate::support::world::World;

/// What everybody in the former database logs in with.
const PASSWORD: &str = "taken over!";

/// A database of the former tool.
pub struct Former {
    pub url: String,
    /// Every table's columns before anything of ours came.
    columns: BTreeMap<String, String>,
    rows: BTreeMap<String, String>,
}

/// What the former tool's history says of a migration.
#[derive(Clone, Copy)]
pub enum Row {
    Applied,
    /// Declared applied, without a step.
    Resolved,
    Failed,
}

impl Former {
    /// All forty tables, with people and sessions; `altered` then changes what is there.
    pub async fn new(altered: &str) -> Self {
        let url = empty_database().await;
        for name in OWNERS {
            sql::execute(&url, &fs::read_to_string(repository().join(name).join("up.sql")).unwrap()).await;
        }
        sql::execute(&url, &people()).await;
        sql::execute(&url, altered).await;
        let mut former = Self { url, columns: BTreeMap::new(), rows: BTreeMap::new() };
        former.remember().await;
        former
    }

    /// A history of its own, with checksums of scripts that are not ours.
    pub async fn with_history(self, rows: &[(&str, Row)]) -> Self {
        sql::execute(
            &self.url,
            "CREATE TABLE public._prisma_migrations (
                 id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
                 migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
                 started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)",
        )
        .await;
        for (name, row) in rows {
            let (finished, logs, steps) = match row {
                Row::Applied => ("now()", "NULL", 1),
                Row::Resolved => ("now()", "''", 0),
                Row::Failed => {
                    ("NULL", "'A migration failed to apply: relation \"users\" already exists'", 0)
                }
            };
            let checksum = format!("encode(sha256('{}'), 'hex')", script_of_theirs(name));
            sql::execute(
                &self.url,
                &format!(
                    "INSERT INTO public._prisma_migrations (id, checksum, finished_at, migration_name, logs, started_at,
                                                            applied_steps_count)
                     VALUES (gen_random_uuid()::text, {checksum}, {finished}, '{name}', {logs}, clock_timestamp(), {steps})"
                ),
            )
            .await;
        }
        self
    }

    async fn remember(&mut self) {
        let listed = sql::lines(
            &self.url,
            "SELECT table_name || ' ' || string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS line
             FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name",
        )
        .await;
        let pairs = listed.iter().map(|line| line.split_once(' ').unwrap());
        self.columns = pairs.map(|(table, columns)| (table.to_owned(), columns.to_owned())).collect();
        self.rows = self.read().await;
    }

    /// Every row of every table, in the columns that it had.
    async fn read(&self) -> BTreeMap<String, String> {
        let parts: Vec<String> = self
            .columns
            .iter()
            .map(|(table, columns)| {
                format!(
                    "SELECT '{table} ' || coalesce(string_agg(kept::text, E'\\n' ORDER BY kept::text), '') AS line
                     FROM (SELECT {columns} FROM public.{table}) AS kept"
                )
            })
            .collect();
        let lines = sql::lines(&self.url, &parts.join(" UNION ALL ")).await;
        let pairs = lines.iter().map(|line| line.split_once(' ').unwrap());
        pairs.map(|(table, rows)| (table.to_owned(), rows.to_owned())).collect()
    }

    pub async fn assert_rows_untouched(&self) {
        let now = self.read().await;
        assert!(self.rows["sessions"].contains("s-paid"), "{:?}", self.rows["sessions"]);
        for (table, rows) in &self.rows {
            assert_eq!(now.get(table), Some(rows), "{table}");
        }
    }

    /// The backend on it.
    pub fn world(&self) -> World {
        World::over(Stores::of(Arc::new(postgres(&self.url)), Some(self.url.clone())))
    }

    pub fn migrator(&self) -> Migrator {
        Migrator::new(&self.url).unwrap()
    }

    pub async fn adopt(&self, options: AdoptOptions) -> Result<AdoptReport, MigratorError> {
        self.migrator().adopt(options, |_| {}).await
    }

    /// Everything that has to be true once it is taken over.
    pub async fn assert_taken_over_and_served(&self) {
        let histories = async || (sql::ledger(&self.url).await, sql::mirror(&self.url).await);
        let before = (histories().await, self.migrator().catalog().await.unwrap());
        let again = self.adopt(AdoptOptions::default()).await.unwrap();
        assert!(again.created.is_empty() && again.declared.is_empty(), "{again:?}");
        let after = (histories().await, self.migrator().catalog().await.unwrap());
        assert_eq!(before, after, "taking it over again changes nothing");

        self.migrator().deploy(DeployOptions::default(), |_| {}).await.unwrap();
        let status = self.migrator().status().await.unwrap();
        assert_eq!(status.exit_code(), 0, "{status}");
        assert!(status.migrations.iter().all(|entry| entry.mirrored), "{status}");
        let (_, differences) = self.migrator().verify().await.unwrap();
        let broken = |class| matches!(class, Class::Missing | Class::Contradicting);
        assert!(!differences.iter().any(|drift| broken(drift.class)), "{differences:#?}");
        self.assert_rows_untouched().await;

        let world = self.world();
        for name in ["asha", "ravi"] {
            let email = format!("{name}@example.org");
            world.identity.log_in(LogIn { email, password: Password::typed(PASSWORD.into()) }).await.unwrap();
        }
    }
}

/// The bytes of the former tool's script, as far as a test needs them.
pub fn script_of_theirs(name: &str) -> String {
    format!("-- {name} by another tool")
}

/// A student and a mentor, and a session in every status, with what hangs on it. The hashes are bcrypt's.
fn people() -> String {
    let hash = bcrypt::hash(PASSWORD, 4).unwrap().replacen("$2b$", "$2a$", 1);
    format!(
        r#"INSERT INTO public.users (id, email, name, role, provider, password, "createdAt", "updatedAt") VALUES
               ('cku0000000000000000000001', 'asha@example.org', 'Asha', 'STUDENT', 'local', '{hash}', '2025-01-01', '2025-01-01'),
               ('mentor_001', 'ravi@example.org', 'Ravi', 'MENTOR', 'email', '{hash}', '2025-01-01', '2025-01-01');
           INSERT INTO public.mentor_profiles (user_id, full_name, available_slots)
               VALUES ('mentor_001', 'Ravi', '{{"monday": ["09:00-18:00"]}}');
           INSERT INTO public.courses (title) VALUES ('Python Programming');
           INSERT INTO public.plans (skill_name, plan_key, plan_title, price, duration_weeks, sessions_per_week)
               VALUES ('Python Programming', 'BASIC', 'Basic', 999.00, 1, 1);
           INSERT INTO public.sessions
               (id, student_id, mentor_id, course_id, plan_id, session_type, scheduled_at, status, skill_name)
               SELECT 's-' || lower(status::text), 'cku0000000000000000000001', 'mentor_001', 1, 1,
                      'Basic Plan - 1 sessions/week', '2026-11-24 04:30:00', status, 'Python Programming'
               FROM unnest(enum_range(NULL::public."SessionStatus")) AS status;
           INSERT INTO public.session_schedule
               (session_id, week_number, session_number, topic_title, scheduled_date, scheduled_time, status)
               SELECT id, 1, 1, 'Begin', '2026-11-24 04:30:00', '10:00:00', 'UPCOMING' FROM public.sessions;
           INSERT INTO public.session_messages (session_id, sender_id, sender_role, content)
               SELECT id, student_id, 'STUDENT', 'Hello' FROM public.sessions
               UNION ALL SELECT id, mentor_id, 'MENTOR', 'Hello to you' FROM public.sessions;
           INSERT INTO public.payments (id, session_id, amount, status, gateway)
               SELECT 'p-' || id, id, 999.00, CASE status WHEN 'APPROVED' THEN 'PENDING' ELSE 'SUCCESS' END::public."PaymentStatus",
                      'mock'
               FROM public.sessions WHERE status NOT IN ('PENDING', 'REJECTED');
           INSERT INTO public.course_enrollments (id, student_id, mentor_id, skill_name)
               VALUES ('e-1', 'cku0000000000000000000001', 'mentor_001', 'Python Programming');"#
    )
}

/// The catalog must be able to tell what these tests look for.
#[tokio::test(flavor = "multi_thread")]
async fn a_former_database_that_is_whole_does_not_drift_from_the_owners_catalog() {
    let former = Former::new("").await;
    let url = empty_database().await;
    super::folders::Folder::owners().deploy(&url).await.unwrap();
    let expected = Migrator::new(&url).unwrap().catalog().await.unwrap();
    assert_eq!(drift(&expected, &former.migrator().catalog().await.unwrap()), []);
}
