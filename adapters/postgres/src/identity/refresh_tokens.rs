use application_identity::ports::RefreshTokens;
use application_kernel::StoreError;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_identity::RefreshToken;
use domain_kernel::{Timestamp, UserId};

use crate::error::{corrupt, store_error};
use crate::schema::refresh_tokens;
use crate::store::PgTx;

/// A row of `refresh_tokens`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens)]
struct RefreshTokenRow {
    hash: String,
    family: String,
    user_id: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    used_at: Option<NaiveDateTime>,
    revoked_at: Option<NaiveDateTime>,
}

impl RefreshTokenRow {
    fn new(token: &RefreshToken, now: Timestamp) -> Self {
        let RefreshToken { hash, family, user, expires_at, used_at, revoked_at } = token;
        Self {
            hash: hash.clone(),
            family: family.clone(),
            user_id: user.to_string(),
            created_at: now.naive(),
            expires_at: expires_at.naive(),
            used_at: used_at.map(Timestamp::naive),
            revoked_at: revoked_at.map(Timestamp::naive),
        }
    }
}

impl TryFrom<RefreshTokenRow> for RefreshToken {
    type Error = StoreError;

    fn try_from(row: RefreshTokenRow) -> Result<Self, StoreError> {
        let broken = corrupt("refresh_tokens", &row.family);
        let RefreshTokenRow { hash, family, user_id, created_at: _, expires_at, used_at, revoked_at } = row;
        Ok(Self {
            hash,
            family,
            user: UserId::parse(user_id).map_err(|error| broken(&error))?,
            expires_at: Timestamp::from_utc(expires_at),
            used_at: used_at.map(Timestamp::from_utc),
            revoked_at: revoked_at.map(Timestamp::from_utc),
        })
    }
}

#[async_trait]
impl RefreshTokens for PgTx {
    async fn by_hash(&mut self, hash: &str) -> Result<Option<RefreshToken>, StoreError> {
        refresh_tokens::table
            .find(hash)
            .select(RefreshTokenRow::as_select())
            .for_update()
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?
            .map(RefreshToken::try_from)
            .transpose()
    }

    async fn add(&mut self, token: &RefreshToken, now: Timestamp) -> Result<(), StoreError> {
        diesel::insert_into(refresh_tokens::table)
            .values(RefreshTokenRow::new(token, now))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn save(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let saved = diesel::update(refresh_tokens::table.find(&token.hash))
            .set(refresh_tokens::used_at.eq(token.used_at.map(Timestamp::naive)))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if saved == 1 { Ok(()) } else { Err(StoreError::NotFound { table: "refresh_tokens" }) }
    }

    async fn end_family(&mut self, family: &str, now: Timestamp) -> Result<(), StoreError> {
        let open = refresh_tokens::table
            .filter(refresh_tokens::family.eq(family))
            .filter(refresh_tokens::revoked_at.is_null());
        diesel::update(open)
            .set(refresh_tokens::revoked_at.eq(now.naive()))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn end_all(&mut self, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
        let open = refresh_tokens::table
            .filter(refresh_tokens::user_id.eq(user.as_str()))
            .filter(refresh_tokens::revoked_at.is_null());
        diesel::update(open)
            .set(refresh_tokens::revoked_at.eq(now.naive()))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
