use application_billing::FindingView;
use application_kernel::StoreError;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::store_error;
use crate::sql::sql;

/// Every law of the books, each of which answers with the rows that break it.
const VERIFY: &str = include_str!("verify.sql");

#[derive(QueryableByName)]
struct FindingRow {
    #[diesel(sql_type = Text)]
    law: String,
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    detail: String,
}

/// At most the first thousand findings.
pub(super) async fn verify(conn: &mut AsyncPgConnection) -> Result<Vec<FindingView>, StoreError> {
    let rows: Vec<FindingRow> = sql(VERIFY).load(conn).await.map_err(store_error)?;
    Ok(rows
        .into_iter()
        .map(|FindingRow { law, place, detail }| FindingView { law, row: place, detail })
        .collect())
}
