use application_identity::ports::SignUps;
use application_kernel::StoreError;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain_identity::{Email, PersonName, SignUp};
use domain_kernel::Timestamp;

use crate::column::PgRole;
use crate::error::{corrupt, store_error};
use crate::schema::sign_ups;
use crate::store::PgTx;

/// How many sign-ups of an address are looked at.
const NEWEST: i64 = 5;

/// A row of `sign_ups`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_ups)]
struct SignUpRow {
    id: String,
    email: String,
    name: String,
    role: PgRole,
    password_hash: String,
    code_hash: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    attempts: i32,
}

impl SignUpRow {
    fn new(sign_up: &SignUp, now: Timestamp) -> Self {
        let SignUp { id, email, name, role, password_hash, code_hash, expires_at, attempts } = sign_up;
        Self {
            id: id.clone(),
            email: email.to_string(),
            name: name.to_string(),
            role: PgRole(*role),
            password_hash: password_hash.clone(),
            code_hash: code_hash.clone(),
            created_at: now.naive(),
            expires_at: expires_at.naive(),
            attempts: *attempts,
        }
    }
}

impl TryFrom<SignUpRow> for SignUp {
    type Error = StoreError;

    fn try_from(row: SignUpRow) -> Result<Self, StoreError> {
        let broken = corrupt("sign_ups", &row.id);
        let SignUpRow {
            id,
            email,
            name,
            role,
            password_hash,
            code_hash,
            created_at: _,
            expires_at,
            attempts,
        } = row;
        Ok(Self {
            id,
            email: Email::parse(&email).map_err(|error| broken(&error))?,
            name: PersonName::parse(&name).map_err(|error| broken(&error))?,
            role: role.0,
            password_hash,
            code_hash,
            expires_at: Timestamp::from_utc(expires_at),
            attempts,
        })
    }
}

#[async_trait]
impl SignUps for PgTx {
    async fn of(&mut self, email: &Email) -> Result<Vec<SignUp>, StoreError> {
        let rows: Vec<SignUpRow> = sign_ups::table
            .filter(sign_ups::email.eq(email.as_str()))
            .order((sign_ups::created_at.desc(), sign_ups::id.desc()))
            .limit(NEWEST)
            .select(SignUpRow::as_select())
            .for_update()
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(SignUp::try_from).collect()
    }

    async fn add(&mut self, sign_up: &SignUp, now: Timestamp) -> Result<(), StoreError> {
        let lapsed = sign_ups::table
            .filter(sign_ups::email.eq(sign_up.email.as_str()))
            .filter(sign_ups::expires_at.le(now.naive()));
        diesel::delete(lapsed).execute(&mut *self.conn).await.map_err(store_error)?;
        diesel::insert_into(sign_ups::table)
            .values(SignUpRow::new(sign_up, now))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn save(&mut self, sign_up: &SignUp) -> Result<(), StoreError> {
        let saved = diesel::update(sign_ups::table.find(&sign_up.id))
            .set(sign_ups::attempts.eq(sign_up.attempts))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if saved == 1 { Ok(()) } else { Err(StoreError::NotFound { table: "sign_ups" }) }
    }

    async fn clear(&mut self, email: &Email) -> Result<(), StoreError> {
        diesel::delete(sign_ups::table.filter(sign_ups::email.eq(email.as_str())))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}
