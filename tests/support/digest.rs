//! All rows of a database in one text, to tell whether anything has changed.

use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

#[derive(diesel::QueryableByName)]
struct Shown {
    #[diesel(sql_type = Text)]
    shown: String,
}

/// A digest of every row of every table.
pub async fn digest(url: &str) -> Vec<String> {
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let statement = "
        SELECT string_agg(format('SELECT %L || coalesce(md5(string_agg(t::text, E''\\n'' ORDER BY t::text)), ''-'') AS shown FROM %I t',
                                 tablename || ' ', tablename), ' UNION ALL ' ORDER BY tablename) AS shown
        FROM pg_tables WHERE schemaname = 'public'";
    let Shown { shown: every } = diesel::sql_query(statement).get_result(&mut conn).await.unwrap();
    let mut rows: Vec<String> = diesel::sql_query(every)
        .load::<Shown>(&mut conn)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.shown)
        .collect();
    rows.sort();
    rows
}
