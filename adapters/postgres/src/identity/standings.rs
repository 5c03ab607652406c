//! How people stand with the house, and people as operators see them.

use application_identity::ports::Standings;
use application_identity::{PeopleFilter, PersonView, SuspensionView};
use application_kernel::{Page, PageRequest, StoreError};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp as SqlTimestamp, Varchar};
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_identity::{Obligations, Standing, Suspension};
use domain_kernel::{Labelled, Role, Timestamp, UserId, Zone};

use crate::column::PgRole;
use crate::error::{corrupt, missing, store_error};
use crate::revocations::ring;
use crate::schema::{mentor_profiles, student_profiles, user_settings, users};
use crate::sql::sql;
use crate::sql_types;
use crate::store::PgTx;

/// $1 one person, $2 how the address begins (as a pattern), $3 the role, $4 whether suspended, $5 the person to go on
/// after, $6 the limit.
const PEOPLE: &str = r#"
    SELECT u.id, u.email, u.name, u.role, u."createdAt" AS created_at, s.suspended_at, s.suspension_reason
    FROM users u LEFT JOIN user_settings s ON s.user_id = u.id
    WHERE ($1 IS NULL OR u.id = $1)
      AND ($2 IS NULL OR lower(u.email) LIKE $2)
      AND ($3 IS NULL OR u.role::text = $3)
      AND ($4 IS NULL OR (s.suspended_at IS NOT NULL) = $4)
      AND ($5 IS NULL OR u.id > $5)
    ORDER BY u.id LIMIT $6"#;

/// What binds somebody to their role. Sessions count by their status, taken-over ones too: what nobody has ended is not
/// over. Money that came without a session to pay for is on its way back until a refund says otherwise.
const OBLIGATIONS: &str = "
    SELECT EXISTS (SELECT FROM sessions WHERE (student_id = $1 OR mentor_id = $1)
                   AND status NOT IN ('COMPLETED', 'REJECTED', 'CANCELLED')) AS live_session,
           EXISTS (SELECT FROM refunds r JOIN payments p ON p.id = r.payment_id
                   JOIN sessions s ON s.id = p.session_id
                   WHERE s.student_id = $1 AND r.status <> 'PROCESSED') AS refund_in_flight,
           EXISTS (SELECT FROM admin_ledger
                   WHERE mentor_id = $1 AND payout_status IN ('READY', 'PROCESSING'))
           OR EXISTS (SELECT FROM admin_ledger l JOIN ledger_terms t ON t.payment_id = l.payment_id
                      WHERE l.mentor_id = $1 AND l.payout_status = 'PENDING' AND t.voided_at IS NULL
                        AND t.hold_until IS NOT NULL)
           OR EXISTS (SELECT FROM ledger_accounts
                      WHERE owner_id = $1 AND kind = 'mentor_receivable' AND balance <> 0) AS money_open";

#[derive(QueryableByName)]
struct PersonRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = sql_types::Role)]
    role: PgRole,
    #[diesel(sql_type = SqlTimestamp)]
    created_at: NaiveDateTime,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    suspended_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Varchar>)]
    suspension_reason: Option<String>,
}

impl From<PersonRow> for PersonView {
    fn from(row: PersonRow) -> Self {
        let PersonRow { id, email, name, role, created_at, suspended_at, suspension_reason } = row;
        let suspension = suspended_at
            .zip(suspension_reason)
            .map(|(at, reason)| SuspensionView { at: Timestamp::from_utc(at).to_string(), reason });
        let created_at = Timestamp::from_utc(created_at).to_string();
        Self { id, email, name, role: role.0.to_string(), created_at, suspension }
    }
}

#[derive(QueryableByName)]
struct ObligationsRow {
    #[diesel(sql_type = Bool)]
    live_session: bool,
    #[diesel(sql_type = Bool)]
    refund_in_flight: bool,
    #[diesel(sql_type = Bool)]
    money_open: bool,
}

/// A pattern that fits whatever begins so.
fn beginning(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

async fn rows(
    conn: &mut AsyncPgConnection,
    person: Option<&UserId>,
    filter: &PeopleFilter,
    after: Option<&UserId>,
    most: i64,
) -> Result<Vec<PersonRow>, StoreError> {
    let PeopleFilter { email, role, suspended } = filter;
    sql(PEOPLE)
        .bind::<Nullable<Text>, _>(person.map(UserId::as_str))
        .bind::<Nullable<Text>, _>(email.as_deref().map(beginning))
        .bind::<Nullable<Text>, _>(role.map(Role::label))
        .bind::<Nullable<Bool>, _>(*suspended)
        .bind::<Nullable<Text>, _>(after.map(UserId::as_str))
        .bind::<BigInt, _>(most)
        .load(conn)
        .await
        .map_err(store_error)
}

pub(super) async fn people(
    conn: &mut AsyncPgConnection,
    filter: &PeopleFilter,
    page: &PageRequest<UserId>,
) -> Result<Page<PersonView, UserId>, StoreError> {
    let most = page.limit();
    let keyed = rows(conn, None, filter, page.after.as_ref(), most)
        .await?
        .into_iter()
        .map(|row| {
            let id = UserId::parse(row.id.clone()).map_err(|error| corrupt("users", &row.id)(&error))?;
            Ok((id, row.into()))
        })
        .collect::<Result<Vec<(UserId, PersonView)>, StoreError>>()?;
    let Page { items, next } = Page::cut(keyed, page.size, |(key, _)| key.clone());
    Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
}

pub(super) async fn person(
    conn: &mut AsyncPgConnection,
    id: &UserId,
) -> Result<Option<PersonView>, StoreError> {
    Ok(rows(conn, Some(id), &PeopleFilter::default(), None, 1).await?.pop().map(PersonView::from))
}

#[async_trait]
impl Standings for PgTx {
    async fn get(&mut self, id: &UserId) -> Result<Standing, StoreError> {
        // The user is locked first; whoever logs in locks the same row.
        let role: PgRole = users::table
            .find(id.as_str())
            .select(users::role)
            .for_update()
            .first(&mut *self.conn)
            .await
            .map_err(missing("users"))?;
        let settings: Option<(i32, Option<NaiveDateTime>, Option<String>)> = user_settings::table
            .find(id.as_str())
            .select((
                user_settings::token_version,
                user_settings::suspended_at,
                user_settings::suspension_reason,
            ))
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        let (token_version, at, reason) = settings.unwrap_or((0, None, None));
        let suspension =
            at.zip(reason).map(|(at, reason)| Suspension { at: Timestamp::from_utc(at), reason });
        Ok(Standing { user: id.clone(), role: role.0, suspension, token_version })
    }

    async fn obligations(&mut self, id: &UserId) -> Result<Obligations, StoreError> {
        let row: ObligationsRow = sql(OBLIGATIONS)
            .bind::<Text, _>(id.as_str())
            .get_result(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let ObligationsRow { live_session, refund_in_flight, money_open } = row;
        Ok(Obligations { live_session, refund_in_flight, money_open })
    }

    async fn save(&mut self, standing: &Standing, now: Timestamp) -> Result<(), StoreError> {
        let Standing { user, role, suspension, token_version } = standing;
        let before = Standings::get(self, user).await?;
        let raised = (before.token_version != *token_version).then(|| now.naive());
        diesel::insert_into(user_settings::table)
            .values((
                user_settings::user_id.eq(user.as_str()),
                user_settings::zone.eq(Zone::KOLKATA.name()),
                user_settings::token_version.eq(token_version),
                user_settings::updated_at.eq(now.naive()),
                user_settings::suspended_at.eq(suspension.as_ref().map(|suspension| suspension.at.naive())),
                user_settings::suspension_reason.eq(suspension.as_ref().map(|suspension| &suspension.reason)),
                user_settings::tokens_raised_at.eq(raised),
            ))
            .on_conflict(user_settings::user_id)
            .do_update()
            .set((
                user_settings::token_version.eq(token_version),
                user_settings::updated_at.eq(now.naive()),
                user_settings::suspended_at.eq(excluded(user_settings::suspended_at)),
                user_settings::suspension_reason.eq(excluded(user_settings::suspension_reason)),
            ))
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        if raised.is_some() {
            diesel::update(user_settings::table.find(user.as_str()))
                .set(user_settings::tokens_raised_at.eq(raised))
                .execute(&mut *self.conn)
                .await
                .map_err(store_error)?;
            ring(&mut self.conn).await?;
        }
        if before.role != *role {
            become_role(&mut self.conn, user, *role, now).await?;
        }
        Ok(())
    }

    async fn view(&mut self, id: &UserId) -> Result<Option<PersonView>, StoreError> {
        person(&mut self.conn, id).await
    }
}

/// Writes the role, and the profile that belongs to it unless there is one from before.
async fn become_role(
    conn: &mut AsyncPgConnection,
    user: &UserId,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    let name: String = diesel::update(users::table.find(user.as_str()))
        .set((users::role.eq(PgRole(role)), users::updated_at.eq(now.to_millis().naive())))
        .returning(users::name)
        .get_result(conn)
        .await
        .map_err(missing("users"))?;
    let at = now.naive();
    match role {
        Role::Student => {
            diesel::insert_into(student_profiles::table)
                .values((
                    student_profiles::user_id.eq(user.as_str()),
                    student_profiles::full_name.eq(name),
                    student_profiles::created_at.eq(at),
                    student_profiles::updated_at.eq(at),
                ))
                .on_conflict_do_nothing()
                .execute(conn)
                .await
        }
        Role::Mentor => {
            diesel::insert_into(mentor_profiles::table)
                .values((
                    mentor_profiles::user_id.eq(user.as_str()),
                    mentor_profiles::full_name.eq(name),
                    mentor_profiles::created_at.eq(at),
                    mentor_profiles::updated_at.eq(at),
                ))
                .on_conflict_do_nothing()
                .execute(conn)
                .await
        }
    }
    .map_err(store_error)?;
    Ok(())
}
