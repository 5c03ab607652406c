//! The names sort with two alterations before `init`, and real databases were built partly: no order and no start
//! may lead elsewhere.

use std::collections::BTreeSet;

use adapter_migrator::catalog::{self, Difference};
use adapter_migrator::{Event, State};

use super::catalog::specified;
use super::folders::{Folder, OWNERS};
use super::sql;
use crate::support::cluster::empty_database;

/// Every order of the four.
fn orders() -> Vec<[usize; 4]> {
    let mut orders = Vec::new();
    for a in 0..4 {
        for b in (0..4).filter(|b| *b != a) {
            for c in (0..4).filter(|c| ![a, b].contains(c)) {
                orders.push([a, b, c, 6 - a - b - c]);
            }
        }
    }
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn all_twenty_four_orders_give_one_catalog() {
    let orders = orders();
    assert_eq!(orders.iter().collect::<BTreeSet<_>>().len(), 24);
    for order in orders {
        let url = empty_database().await;
        let mut folder = Folder::empty();
        for index in order {
            // The folder grows by one each time, as it does for a tool that meets a late, older migration.
            folder = folder.with_owners(OWNERS[index]);
            assert_eq!(folder.deploy(&url).await.unwrap().applied, [OWNERS[index]], "{order:?}");
        }
        assert_eq!(catalog::read(&url).await.unwrap().to_string(), specified(), "{order:?}");
        assert_eq!(folder.status(&url).await.exit_code(), 0, "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_older_migration_is_told_before_it_runs() {
    let url = empty_database().await;
    let folder = Folder::empty().with_owners(OWNERS[2]);
    folder.deploy(&url).await.unwrap();

    let folder = folder.with_owners(OWNERS[0]);
    let status = folder.status(&url).await;
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::OutOfOrder, 14));
    let (outcome, events) = folder.deploy_and_listen(&url).await;
    outcome.unwrap();
    assert_eq!(events[0], Event::OutOfOrder { name: OWNERS[0].to_owned() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partly_built_database_is_completed() {
    let url = empty_database().await;
    Folder::owners().deploy(&url).await.unwrap();
    sql::execute(
        &url,
        "DELETE FROM public._prisma_migrations WHERE migration_name NOT LIKE '20260104121639%';
         DELETE FROM public.__diesel_schema_migrations WHERE version <> '20260104121639';
         DROP TABLE public.payments, public.admin_ledger, public.cover_letter_review_requests, public.plan_topics;
         DROP TABLE public.user_activity, public.industry_insights;
         DROP TYPE public.\"PaymentStatus\", public.\"PayoutStatus\";
         DROP INDEX public.idx_plans_skill, public.idx_session_messages_session_time;
         ALTER TABLE public.sessions DROP CONSTRAINT sessions_plan_id_fkey;
         ALTER TABLE public.mentor_courses DROP CONSTRAINT unique_mentor_course;
         ALTER TABLE public.resume_review_requests ADD CONSTRAINT unique_resume_review UNIQUE (resume_id);",
    )
    .await;
    Folder::owners().deploy(&url).await.unwrap();
    assert_eq!(catalog::read(&url).await.unwrap().to_string(), specified());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_index_of_the_former_tool_serves_and_the_one_on_reviews_goes() {
    let url = empty_database().await;
    Folder::owners().deploy(&url).await.unwrap();
    let expected = catalog::read(&url).await.unwrap();
    sql::execute(
        &url,
        "DELETE FROM public._prisma_migrations WHERE migration_name NOT LIKE '20260104121639%';
         DELETE FROM public.__diesel_schema_migrations WHERE version <> '20260104121639';
         ALTER TABLE public.users DROP CONSTRAINT users_email_key;
         CREATE UNIQUE INDEX users_email_key ON public.users (email);
         CREATE UNIQUE INDEX unique_resume_review ON public.resume_review_requests (resume_id);",
    )
    .await;
    Folder::owners().deploy(&url).await.unwrap();
    let said: Vec<_> =
        expected.differences(&catalog::read(&url).await.unwrap()).iter().map(Difference::to_string).collect();
    assert_eq!(
        said,
        [
            "users: constraint users_email_key is missing (expected UNIQUE (email))",
            "users: index users_email_key is not expected (found unique btree (email))",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_there_get_the_role_by_who_wrote_them() {
    let url = empty_database().await;
    Folder::owners().deploy(&url).await.unwrap();
    sql::execute(
        &url,
        r#"DELETE FROM public._prisma_migrations WHERE migration_name LIKE '20260104121639%';
           DELETE FROM public.__diesel_schema_migrations WHERE version = '20260104121639';
           ALTER TABLE public.session_messages DROP COLUMN sender_role;
           INSERT INTO public.users (id, email, name, role, "updatedAt") VALUES
               ('s', 's@example.org', 'Student', 'STUDENT', now()), ('m', 'm@example.org', 'Mentor', 'MENTOR', now());
           INSERT INTO public.courses (title) VALUES ('Python Programming');
           INSERT INTO public.sessions
               (id, student_id, mentor_id, course_id, session_type, scheduled_at, skill_name)
               VALUES ('one', 's', 'm', 1, 'basic', now(), 'Python Programming');
           INSERT INTO public.session_messages (session_id, sender_id, content) VALUES
               ('one', 's', 'Good evening'), ('one', 'm', 'Good evening to you');"#,
    )
    .await;
    Folder::owners().deploy(&url).await.unwrap();
    let roles = sql::lines(
        &url,
        "SELECT sender_id || ' ' || sender_role AS line FROM public.session_messages ORDER BY id",
    );
    assert_eq!(roles.await, ["s STUDENT", "m MENTOR"]);

    // The column comes last here; apart from that the table is as specified.
    let found = catalog::read(&url).await.unwrap();
    let last = found.tables["session_messages"].columns.last().unwrap();
    assert_eq!(last.to_string(), "sender_role: character varying(50) not null");
}
