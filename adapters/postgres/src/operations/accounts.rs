use application_kernel::{Permission, StoreError};
use application_operations::TotpSecret;
use application_operations::ports::{OperatorAccount, OperatorAccounts};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_identity::Email;
use domain_kernel::{Labelled, OperatorId, Timestamp, UserId};

use crate::error::{corrupt, missing, store_error};
use crate::revocations::ring;
use crate::schema::{operator_backup_codes, operator_permissions, operators};
use crate::sql::snippet;
use crate::store::PgTx;

/// A row of `operators`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operators)]
pub(super) struct OperatorRow {
    id: String,
    email: String,
    password_hash: String,
    totp_secret: String,
    totp_last_step: i64,
    user_id: Option<String>,
    token_version: i32,
    tokens_raised_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

/// The rows of the side tables: permissions, hashes of backup codes.
type Side = (Vec<String>, Vec<String>);

impl OperatorRow {
    fn new(account: &OperatorAccount) -> Self {
        let OperatorAccount {
            id,
            email,
            password_hash,
            totp_secret,
            totp_last_step,
            user,
            permissions: _,
            backup_codes: _,
            token_version,
            created_at,
        } = account;
        Self {
            id: id.to_string(),
            email: email.to_string(),
            password_hash: password_hash.clone(),
            totp_secret: totp_secret.reveal().to_owned(),
            totp_last_step: *totp_last_step,
            user_id: user.as_ref().map(UserId::to_string),
            token_version: *token_version,
            tokens_raised_at: None,
            created_at: created_at.naive(),
            updated_at: created_at.naive(),
        }
    }

    fn account(self, (permissions, backup_codes): Side) -> Result<OperatorAccount, StoreError> {
        let broken = corrupt("operators", &self.id);
        let Self {
            id,
            email,
            password_hash,
            totp_secret,
            totp_last_step,
            user_id,
            token_version,
            tokens_raised_at: _,
            created_at,
            updated_at: _,
        } = self;
        let permissions = permissions.iter().map(|label| Permission::from_label(label));
        Ok(OperatorAccount {
            id: OperatorId::parse(id).map_err(|error| broken(&error))?,
            email: Email::parse(&email).map_err(|error| broken(&error))?,
            password_hash,
            totp_secret: TotpSecret::stored(totp_secret),
            totp_last_step,
            user: user_id.map(UserId::parse).transpose().map_err(|error| broken(&error))?,
            permissions: permissions.collect::<Result<_, _>>().map_err(|error| broken(&error))?,
            backup_codes: backup_codes.into_iter().collect(),
            token_version,
            created_at: Timestamp::from_utc(created_at),
        })
    }
}

const PERMISSIONS: &str =
    "ARRAY(SELECT permission::text FROM operator_permissions p WHERE p.operator_id = operators.id)";
const CODES: &str =
    "ARRAY(SELECT code_hash::text FROM operator_backup_codes c WHERE c.operator_id = operators.id)";

/// The operator with this address, if there is one; one statement.
pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    email: &str,
) -> Result<Option<OperatorAccount>, StoreError> {
    operators::table
        .filter(operators::email.eq(email.trim().to_lowercase()))
        .select((
            OperatorRow::as_select(),
            snippet::<Array<Text>>(PERMISSIONS),
            snippet::<Array<Text>>(CODES),
        ))
        .first::<(OperatorRow, Vec<String>, Vec<String>)>(conn)
        .await
        .optional()
        .map_err(store_error)?
        .map(|(row, permissions, codes)| row.account((permissions, codes)))
        .transpose()
}

async fn add_permissions(
    conn: &mut AsyncPgConnection,
    account: &OperatorAccount,
    at: Timestamp,
) -> Result<(), StoreError> {
    let granted = account.permissions.iter().map(|permission| {
        (
            operator_permissions::operator_id.eq(account.id.as_str()),
            operator_permissions::permission.eq(permission.label()),
            operator_permissions::granted_at.eq(at.naive()),
        )
    });
    diesel::insert_into(operator_permissions::table)
        .values(granted.collect::<Vec<_>>())
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl OperatorAccounts for PgTx {
    async fn get(&mut self, id: &OperatorId) -> Result<OperatorAccount, StoreError> {
        let (row, permissions, codes): (OperatorRow, Vec<String>, Vec<String>) = operators::table
            .find(id.as_str())
            .select((
                OperatorRow::as_select(),
                snippet::<Array<Text>>(PERMISSIONS),
                snippet::<Array<Text>>(CODES),
            ))
            .for_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("operators"))?;
        row.account((permissions, codes))
    }

    async fn by_email(&mut self, email: &Email) -> Result<OperatorAccount, StoreError> {
        let id: String = operators::table
            .filter(operators::email.eq(email.as_str()))
            .select(operators::id)
            .first(&mut *self.conn)
            .await
            .map_err(missing("operators"))?;
        let id = OperatorId::parse(id.clone()).map_err(|error| corrupt("operators", &id)(&error))?;
        OperatorAccounts::get(self, &id).await
    }

    async fn add(&mut self, account: &OperatorAccount) -> Result<(), StoreError> {
        diesel::insert_into(operators::table)
            .values(OperatorRow::new(account))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        add_permissions(&mut self.conn, account, account.created_at).await?;
        let codes = account.backup_codes.iter().map(|hash| {
            (
                operator_backup_codes::operator_id.eq(account.id.as_str()),
                operator_backup_codes::code_hash.eq(hash),
            )
        });
        diesel::insert_into(operator_backup_codes::table)
            .values(codes.collect::<Vec<_>>())
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn save(&mut self, account: &OperatorAccount, now: Timestamp) -> Result<(), StoreError> {
        let OperatorRow { password_hash, totp_last_step, token_version, .. } = OperatorRow::new(account);
        let id = account.id.as_str();
        let before: i32 = operators::table
            .find(id)
            .select(operators::token_version)
            .first(&mut *self.conn)
            .await
            .map_err(missing("operators"))?;
        diesel::update(operators::table.find(id))
            .set((
                operators::password_hash.eq(password_hash),
                operators::totp_last_step.eq(totp_last_step),
                operators::token_version.eq(token_version),
                operators::updated_at.eq(now.naive()),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let held: Vec<&str> = account.permissions.iter().map(|permission| permission.label()).collect();
        let lost = operator_permissions::table
            .filter(operator_permissions::operator_id.eq(id))
            .filter(operator_permissions::permission.ne_all(held));
        diesel::delete(lost).execute(&mut *self.conn).await.map_err(store_error)?;
        add_permissions(&mut self.conn, account, now).await?;
        let used = operator_backup_codes::table
            .filter(operator_backup_codes::operator_id.eq(id))
            .filter(operator_backup_codes::code_hash.ne_all(account.backup_codes.iter().collect::<Vec<_>>()));
        diesel::delete(used).execute(&mut *self.conn).await.map_err(store_error)?;
        if before != token_version {
            diesel::update(operators::table.find(id))
                .set(operators::tokens_raised_at.eq(now.naive()))
                .execute(&mut *self.conn)
                .await
                .map_err(store_error)?;
            ring(&mut self.conn).await?;
        }
        Ok(())
    }

    async fn holders(&mut self, permission: Permission) -> Result<usize, StoreError> {
        let holders: Vec<String> = operator_permissions::table
            .filter(operator_permissions::permission.eq(permission.label()))
            .order(operator_permissions::operator_id)
            .select(operator_permissions::operator_id)
            .for_update()
            .load(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(holders.len())
    }
}
