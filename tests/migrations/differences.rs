//! What an adoption makes of a schema that is not quite the expected one, each kind as it was decided.

use adapter_migrator::{AdoptOptions, AdoptReport, MigratorError};

use super::folders::OWNERS;
use super::former::{Former, Row};
use super::sql;

const ALL: [(&str, Row); 4] = [
    (OWNERS[0], Row::Applied),
    (OWNERS[1], Row::Applied),
    (OWNERS[2], Row::Applied),
    (OWNERS[3], Row::Applied),
];

async fn former(altered: &str) -> Former {
    Former::new(altered).await.with_history(&ALL).await
}

fn whats(drifts: &[adapter_migrator::catalog::Drift]) -> Vec<String> {
    drifts.iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn g_what_is_missing_is_created_and_no_row_is_touched() {
    let former = former(
        "DROP TABLE public.plan_topics;
         DROP INDEX public.idx_plans_skill;
         ALTER TABLE public.plans DROP COLUMN description;
         ALTER TABLE public.sessions DROP CONSTRAINT sessions_plan_id_fkey;
         ALTER TABLE public.payments ALTER COLUMN currency DROP DEFAULT;",
    )
    .await;
    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    let mut created = report.created.clone();
    created.sort();
    assert_eq!(
        created,
        [
            "payments: column currency: default 'INR'::character varying",
            "plan_topics: constraint plan_topics_plan_id_fkey",
            "plans: column description",
            "plans: index idx_plans_skill",
            "sessions: constraint sessions_plan_id_fkey",
            "table plan_topics",
        ]
    );
    assert!(report.missing.is_empty() && report.not_created.is_empty(), "{report}");
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g_what_the_rows_do_not_allow_is_told_and_left() {
    let former = former(
        "ALTER TABLE public.payments DROP CONSTRAINT payments_session_id_fkey;
         INSERT INTO public.payments (id, session_id, amount) VALUES ('orphan', 'no such session', 1);",
    )
    .await;
    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    assert_eq!(report.not_created.len(), 1, "{report}");
    assert_eq!(report.not_created[0].what, "payments: constraint payments_session_id_fkey");
    former.assert_rows_untouched().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g_what_is_looser_is_accepted_and_listed() {
    let former = former(
        "ALTER TABLE public.session_messages ALTER COLUMN sender_role DROP NOT NULL;
         UPDATE public.session_messages SET sender_role = NULL;
         ALTER TABLE public.users ALTER COLUMN password TYPE text;
         ALTER TABLE public.plans ALTER COLUMN plan_title TYPE varchar(200);",
    )
    .await;
    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    assert_eq!(
        whats(&report.looser),
        [
            "plans: column plan_title is character varying(200), expected character varying(100)",
            "session_messages: column sender_role may be null",
            "users: column password is text, expected character varying(255)",
        ]
    );
    assert!(report.to_string().contains("ALTER COLUMN sender_role SET NOT NULL;"), "{report}");
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g_what_is_looser_is_filled_on_request_after_its_sql_was_shown() {
    let former = former(
        "ALTER TABLE public.session_messages ALTER COLUMN sender_role DROP NOT NULL;
         UPDATE public.session_messages SET sender_role = NULL;
         ALTER TABLE public.payments ALTER COLUMN paid_to DROP NOT NULL;
         UPDATE public.payments SET paid_to = NULL;",
    )
    .await;
    let look = AdoptOptions { look: true, reconcile: true, ..AdoptOptions::default() };
    let looked = former.adopt(look).await.unwrap().to_string();
    assert!(looked.contains("THEN 'MENTOR' ELSE 'STUDENT' END"), "{looked}");
    former.assert_rows_untouched().await;

    let mut shown = Vec::new();
    let options = AdoptOptions { reconcile: true, ..AdoptOptions::default() };
    let report = former.migrator().adopt(options, |sql| shown.push(sql)).await.unwrap();
    assert_eq!(report.reconciled, ["payments: column paid_to", "session_messages: column sender_role"]);
    let shown = shown.join("\n");
    for sql in
        ["THEN 'MENTOR' ELSE 'STUDENT' END", "UPDATE payments SET paid_to =", "sender_role SET NOT NULL;"]
    {
        assert!(shown.contains(sql), "{sql}: {shown}");
    }
    let roles = sql::lines(
        &former.url,
        "SELECT DISTINCT sender_id || ' ' || sender_role AS line FROM public.session_messages ORDER BY 1",
    );
    assert_eq!(roles.await, ["cku0000000000000000000001 STUDENT", "mentor_001 MENTOR"]);
    let (_, differences) = former.migrator().verify().await.unwrap();
    assert_eq!(whats(&differences), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn g_what_is_extra_is_kept() {
    let former = former(
        "CREATE TABLE public.newsletter (id integer PRIMARY KEY);
         ALTER TABLE public.users ADD COLUMN nickname text;
         CREATE INDEX mine ON public.users (name);
         ALTER TYPE public.\"Role\" ADD VALUE 'ADMIN';",
    )
    .await;
    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    assert_eq!(
        whats(&report.kept),
        [
            "type Role has a value ADMIN that is not expected",
            "users: column nickname is not expected",
            "users: index mine is not expected",
            "table newsletter is not expected",
        ]
    );
    former.assert_taken_over_and_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g_a_contradicting_type_is_refused_and_nothing_is_changed() {
    for (altered, said) in [
        (
            "ALTER TABLE public.plans ALTER COLUMN price TYPE text; DROP INDEX public.idx_plans_skill;",
            "plans: column price is text, expected numeric(10,2)",
        ),
        ("ALTER TABLE public.users ADD COLUMN n text NOT NULL DEFAULT ''; ALTER TABLE public.users ALTER COLUMN n DROP DEFAULT;
          DROP INDEX public.idx_plans_skill;",
         "users: column n is not expected, and no row can be added without it"),
    ] {
        let former = former(altered).await;
        let outcome: Result<AdoptReport, MigratorError> = former.adopt(AdoptOptions::default()).await;
        let refusal = outcome.unwrap_err();
        assert!(matches!(&refusal, MigratorError::Contradicting { .. }), "{refusal}");
        assert!(refusal.to_string().contains(said), "{refusal}");
        assert_eq!(refusal.exit_code(), 15);
        assert!(sql::mirror_is_missing(&former.url).await);
        let indexes = sql::lines(
            &former.url,
            "SELECT indexname::text AS line FROM pg_indexes WHERE indexname = 'idx_plans_skill'",
        );
        assert_eq!(indexes.await, Vec::<String>::new());
        former.assert_rows_untouched().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g_a_key_or_index_of_another_name_serves() {
    let former = former(
        "ALTER TABLE public.users DROP CONSTRAINT users_email_key;
         CREATE UNIQUE INDEX users_email_key ON public.users (email);
         ALTER TABLE public.sessions RENAME CONSTRAINT sessions_plan_id_fkey TO fk_plan;
         ALTER INDEX public.idx_plans_skill RENAME TO plans_skill_name_idx;",
    )
    .await;
    let report = former.adopt(AdoptOptions::default()).await.unwrap();
    assert!(report.created.is_empty() && report.kept.is_empty() && report.missing.is_empty(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn g_a_table_whose_place_is_taken_is_refused_and_nothing_is_changed() {
    let former = former(
        "DROP TABLE public.industry_insights; CREATE VIEW public.industry_insights AS SELECT 1 AS id;
         DROP INDEX public.idx_plans_skill;",
    )
    .await;
    let refusal = former.adopt(AdoptOptions::default()).await.unwrap_err();
    assert!(matches!(&refusal, MigratorError::Contradicting { .. }), "{refusal}");
    assert!(refusal.to_string().contains("table industry_insights cannot be created"), "{refusal}");
    assert!(sql::mirror_is_missing(&former.url).await);
    let missing = former.migrator().verify().await.unwrap().1;
    assert!(missing.iter().any(|drift| drift.what == "plans: index idx_plans_skill"), "{missing:#?}");
}
