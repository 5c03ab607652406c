//! The books: tables `ledger_accounts`, `journal_entries`, `journal_lines`. Balances follow by a trigger.

use application_kernel::{Journal, StoreError};
use async_trait::async_trait;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamp as SqlTimestamp};
use diesel_async::RunQueryDsl;
use domain_kernel::{JournalEntry, Labelled, Timestamp};

use crate::error::store_error;
use crate::sql::sql;
use crate::store::PgTx;

/// One statement for accounts that are new, entries and lines. Lines find their entry by what is unique of it.
const POST: &str = "
    WITH accounts AS (
        INSERT INTO ledger_accounts (id, kind, class, owner_id, currency)
        SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        ON CONFLICT (id) DO NOTHING
    ), entries AS (
        INSERT INTO journal_entries (kind, source_id, source_version, payment_id, currency, posted_at)
        SELECT e.*, $11 FROM unnest($6::text[], $7::text[], $8::integer[], $9::text[], $10::text[]) AS e
        RETURNING id, kind, source_id, source_version
    )
    INSERT INTO journal_lines (entry_id, account_id, amount)
    SELECT entries.id, l.account, l.amount
    FROM unnest($1::text[], $12::integer[], $13::bigint[]) AS l (account, place, amount)
    JOIN entries ON entries.kind = ($6::text[])[l.place] AND entries.source_id = ($7::text[])[l.place]
        AND entries.source_version = ($8::integer[])[l.place]";

/// The lines of all entries as columns.
#[derive(Default)]
struct Lines {
    accounts: Vec<String>,
    kinds: Vec<&'static str>,
    classes: Vec<&'static str>,
    owners: Vec<Option<String>>,
    currencies: Vec<String>,
    places: Vec<i32>,
    amounts: Vec<i64>,
}

#[async_trait]
impl Journal for PgTx {
    async fn post(&mut self, entries: &[JournalEntry], now: Timestamp) -> Result<(), StoreError> {
        let entries: Vec<&JournalEntry> = entries.iter().filter(|entry| !entry.lines().is_empty()).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let mut lines = Lines::default();
        for (place, entry) in (1..).zip(&entries) {
            for (account, amount) in entry.lines() {
                lines.accounts.push(account.key(entry.currency));
                lines.kinds.push(account.kind.label());
                lines.classes.push(account.kind.class().label());
                lines.owners.push(account.owner.map(|owner| owner.to_string()));
                lines.currencies.push(entry.currency.to_string());
                lines.places.push(place);
                lines.amounts.push(amount);
            }
        }
        let of = |column: fn(&JournalEntry) -> String| {
            entries.iter().map(|entry| column(entry)).collect::<Vec<_>>()
        };
        let payments: Vec<Option<String>> =
            entries.iter().map(|entry| entry.payment.as_ref().map(ToString::to_string)).collect();
        let versions: Vec<i32> = entries.iter().map(|entry| entry.version).collect();
        sql(POST)
            .bind::<Array<Text>, _>(lines.accounts)
            .bind::<Array<Text>, _>(lines.kinds)
            .bind::<Array<Text>, _>(lines.classes)
            .bind::<Array<Nullable<Text>>, _>(lines.owners)
            .bind::<Array<Text>, _>(lines.currencies)
            .bind::<Array<Text>, _>(of(|entry| entry.kind.to_string()))
            .bind::<Array<Text>, _>(of(|entry| entry.source.clone()))
            .bind::<Array<Integer>, _>(versions)
            .bind::<Array<Nullable<Text>>, _>(payments)
            .bind::<Array<Text>, _>(of(|entry| entry.currency.to_string()))
            .bind::<SqlTimestamp, _>(now.naive())
            .bind::<Array<Integer>, _>(lines.places)
            .bind::<Array<BigInt>, _>(lines.amounts)
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
