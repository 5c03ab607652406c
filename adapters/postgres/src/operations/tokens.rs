use application_kernel::StoreError;
use application_operations::ports::OperatorTokens;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_identity::RefreshToken;
use domain_kernel::{OperatorId, Timestamp};

use crate::error::{corrupt, store_error};
use crate::schema::operator_refresh_tokens;
use crate::store::PgTx;

/// A row of `operator_refresh_tokens`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operator_refresh_tokens)]
struct TokenRow {
    hash: String,
    family: String,
    operator_id: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    used_at: Option<NaiveDateTime>,
    revoked_at: Option<NaiveDateTime>,
}

impl TokenRow {
    fn new(token: &RefreshToken<OperatorId>, now: Timestamp) -> Self {
        let RefreshToken { hash, family, user, expires_at, used_at, revoked_at } = token;
        Self {
            hash: hash.clone(),
            family: family.clone(),
            operator_id: user.to_string(),
            created_at: now.naive(),
            expires_at: expires_at.naive(),
            used_at: used_at.map(Timestamp::naive),
            revoked_at: revoked_at.map(Timestamp::naive),
        }
    }
}

impl TryFrom<TokenRow> for RefreshToken<OperatorId> {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let broken = corrupt("operator_refresh_tokens", &row.family);
        let TokenRow { hash, family, operator_id, created_at: _, expires_at, used_at, revoked_at } = row;
        Ok(Self {
            hash,
            family,
            user: OperatorId::parse(operator_id).map_err(|error| broken(&error))?,
            expires_at: Timestamp::from_utc(expires_at),
            used_at: used_at.map(Timestamp::from_utc),
            revoked_at: revoked_at.map(Timestamp::from_utc),
        })
    }
}

#[async_trait]
impl OperatorTokens for PgTx {
    async fn by_hash(&mut self, hash: &str) -> Result<Option<RefreshToken<OperatorId>>, StoreError> {
        operator_refresh_tokens::table
            .find(hash)
            .select(TokenRow::as_select())
            .for_update()
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?
            .map(RefreshToken::try_from)
            .transpose()
    }

    async fn add(&mut self, token: &RefreshToken<OperatorId>, now: Timestamp) -> Result<(), StoreError> {
        diesel::insert_into(operator_refresh_tokens::table)
            .values(TokenRow::new(token, now))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn save(&mut self, token: &RefreshToken<OperatorId>) -> Result<(), StoreError> {
        let saved = diesel::update(operator_refresh_tokens::table.find(&token.hash))
            .set(operator_refresh_tokens::used_at.eq(token.used_at.map(Timestamp::naive)))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if saved == 1 { Ok(()) } else { Err(StoreError::NotFound { table: "operator_refresh_tokens" }) }
    }

    async fn end_all(&mut self, operator: &OperatorId, now: Timestamp) -> Result<(), StoreError> {
        let open = operator_refresh_tokens::table
            .filter(operator_refresh_tokens::operator_id.eq(operator.as_str()))
            .filter(operator_refresh_tokens::revoked_at.is_null());
        diesel::update(open)
            .set(operator_refresh_tokens::revoked_at.eq(now.naive()))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
