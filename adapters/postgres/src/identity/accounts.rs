use application_identity::ports::{Account, AccountQueries, Accounts, NewAccount};
use application_identity::{MeView, PeopleFilter, PersonView};
use application_kernel::{Page, PageRequest, StoreError};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{Role, Timestamp, UserId, Zone};

use super::standings;
use crate::column::PgRole;
use crate::error::{corrupt, missing, store_error};
use crate::schema::{mentor_profiles, student_profiles, user_settings, users};
use crate::store::{PgStore, PgTx};

diesel::define_sql_function! {
    fn lower(text: Text) -> Text;
}

/// An account as logging in reads it: key, role, password, token version, since when it is suspended.
type AccountRow = (String, PgRole, Option<String>, Option<i32>, Option<NaiveDateTime>);

fn account(row: AccountRow) -> Result<Account, StoreError> {
    let (id, role, password_hash, token_version, suspended_at) = row;
    let broken = corrupt("users", &id);
    Ok(Account {
        id: UserId::parse(id).map_err(|error| broken(&error))?,
        role: role.0,
        password_hash,
        token_version: token_version.unwrap_or(0),
        is_suspended: suspended_at.is_some(),
    })
}

/// The account with exactly this address, otherwise the oldest that differs in case only; one statement.
async fn find(conn: &mut AsyncPgConnection, email: &str) -> Result<Option<Account>, StoreError> {
    users::table
        .left_join(user_settings::table)
        .filter(lower(users::email).eq(lower(email)))
        .order((users::email.eq(email).desc(), users::created_at, users::id))
        .select((
            users::id,
            users::role,
            users::password,
            user_settings::token_version.nullable(),
            user_settings::suspended_at.nullable(),
        ))
        .first::<AccountRow>(conn)
        .await
        .optional()
        .map_err(store_error)?
        .map(account)
        .transpose()
}

#[async_trait]
impl Accounts for PgTx {
    async fn find(&mut self, email: &str) -> Result<Option<Account>, StoreError> {
        find(&mut self.conn, email).await
    }

    async fn get(&mut self, id: &UserId) -> Result<Account, StoreError> {
        // Subqueries, because the nullable side of a join cannot be locked.
        let theirs = user_settings::table.filter(user_settings::user_id.eq(users::id));
        let token_version = theirs.select(user_settings::token_version).single_value();
        let suspended_at = theirs.select(user_settings::suspended_at).single_value();
        let row: AccountRow = users::table
            .find(id.as_str())
            .select((users::id, users::role, users::password, token_version, suspended_at))
            .for_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("users"))?;
        account(row)
    }

    async fn add(&mut self, account: &NewAccount) -> Result<(), StoreError> {
        let NewAccount { id, email, name, role, password_hash, created_at } = account;
        let (id, name, now) = (id.as_str(), name.as_str(), created_at.naive());
        diesel::insert_into(users::table)
            .values((
                users::id.eq(id),
                users::email.eq(email.as_str()),
                users::name.eq(name),
                users::role.eq(PgRole(*role)),
                users::provider.eq("email"),
                users::created_at.eq(now),
                users::updated_at.eq(now),
                users::password.eq(password_hash),
                users::profile_completed.eq(false),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        diesel::insert_into(user_settings::table)
            .values((
                user_settings::user_id.eq(id),
                user_settings::zone.eq(Zone::KOLKATA.name()),
                user_settings::token_version.eq(0),
                user_settings::email_verified_at.eq(now),
                user_settings::updated_at.eq(now),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        match role {
            Role::Student => {
                diesel::insert_into(student_profiles::table)
                    .values((
                        student_profiles::user_id.eq(id),
                        student_profiles::full_name.eq(name),
                        student_profiles::created_at.eq(now),
                        student_profiles::updated_at.eq(now),
                    ))
                    .execute(&mut *self.conn)
                    .await
            }
            Role::Mentor => {
                diesel::insert_into(mentor_profiles::table)
                    .values((
                        mentor_profiles::user_id.eq(id),
                        mentor_profiles::full_name.eq(name),
                        mentor_profiles::created_at.eq(now),
                        mentor_profiles::updated_at.eq(now),
                    ))
                    .execute(&mut *self.conn)
                    .await
            }
        }
        .map_err(store_error)?;
        Ok(())
    }

    async fn set_password_hash(&mut self, id: &UserId, hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let changed = diesel::update(users::table.find(id.as_str()))
            .set((users::password.eq(hash), users::updated_at.eq(now.to_millis().naive())))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if changed == 1 { Ok(()) } else { Err(StoreError::NotFound { table: "users" }) }
    }
}

#[async_trait]
impl AccountQueries for PgStore {
    async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        find(&mut *self.conn().await?, email).await
    }

    async fn people(
        &self,
        filter: &PeopleFilter,
        page: &PageRequest<UserId>,
    ) -> Result<Page<PersonView, UserId>, StoreError> {
        standings::people(&mut *self.conn().await?, filter, page).await
    }

    async fn person(&self, id: &UserId) -> Result<Option<PersonView>, StoreError> {
        standings::person(&mut *self.conn().await?, id).await
    }

    async fn me(&self, id: &UserId) -> Result<Option<MeView>, StoreError> {
        let row = users::table
            .left_join(user_settings::table)
            .filter(users::id.eq(id.as_str()))
            .select((
                users::id,
                users::email,
                users::name,
                users::role,
                user_settings::zone.nullable(),
                users::created_at,
            ))
            .first::<(String, String, String, PgRole, Option<String>, NaiveDateTime)>(
                &mut *self.conn().await?,
            )
            .await
            .optional()
            .map_err(store_error)?;
        Ok(row.map(|(id, email, name, role, zone, created_at)| MeView {
            id,
            email,
            name,
            role: role.0.to_string(),
            zone: zone.unwrap_or_else(|| Zone::KOLKATA.to_string()),
            created_at: Timestamp::from_utc(created_at).to_string(),
        }))
    }
}
