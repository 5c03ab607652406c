use application_kernel::StoreError;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use domain_kernel::{BasisPoints, Currency, Labelled, Money, Timestamp, WallTime, Zone};
use domain_mentoring::{Session, Terms, WeekdaySet};
use serde_json::Value;

use super::policy::{self, PolicyJson};
use crate::error::corrupt;
use crate::schema::session_terms;

/// A row of `session_terms`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = session_terms)]
pub(super) struct TermsRow {
    #[diesel(embed)]
    pub(super) shown: ShownTermsRow,
    #[diesel(embed)]
    pub(super) rules: RulesRow,
}

/// What every view shows of `session_terms`.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = session_terms, treat_none_as_null = true)]
pub(super) struct ShownTermsRow {
    price_minor: i64,
    currency: String,
    zone: String,
    pub(super) expires_at: NaiveDateTime,
    pub(super) pay_by: Option<NaiveDateTime>,
    pub(super) reason: Option<String>,
    pub(super) ended_by: Option<String>,
    pub(super) ended_at: Option<NaiveDateTime>,
}

/// The other columns: the rules of a session are long, and no list needs them.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = session_terms)]
pub(super) struct RulesRow {
    session_id: String,
    student_id: String,
    mentor_id: String,
    pub(super) skill_slug: String,
    is_live: bool,
    fee_basis_points: i16,
    first_date: NaiveDate,
    wall_minute: i16,
    offered_weekdays: i16,
    weeks: i16,
    per_week: i16,
    policy: Value,
}

impl From<&Session> for TermsRow {
    fn from(session: &Session) -> Self {
        let Terms { price, policy, zone, first_date, time, offered, weeks, per_week } = &session.terms;
        let shown = ShownTermsRow {
            price_minor: price.minor(),
            currency: price.currency().to_string(),
            zone: zone.to_string(),
            expires_at: session.expires_at.naive(),
            pay_by: session.pay_by.map(Timestamp::naive),
            reason: session.reason.clone(),
            ended_by: session.ended_by.map(|by| by.label().to_owned()),
            ended_at: session.ended_at.map(Timestamp::naive),
        };
        let rules = RulesRow {
            session_id: session.id.to_string(),
            student_id: session.student.to_string(),
            mentor_id: session.mentor.to_string(),
            skill_slug: session.skill_slug.clone(),
            is_live: session.status.is_live(),
            // At most 10 000, 1439, 127 and 52: all fit.
            fee_basis_points: policy.fee.get().cast_signed(),
            first_date: *first_date,
            wall_minute: i16::try_from(time.minute_of_day()).unwrap_or_default(),
            offered_weekdays: offered.bits().into(),
            weeks: (*weeks).into(),
            per_week: (*per_week).into(),
            policy: serde_json::json!(PolicyJson::from(policy)),
        };
        Self { shown, rules }
    }
}

impl ShownTermsRow {
    /// The price and the zone of that session.
    pub(super) fn price_and_zone(&self, session: &str) -> Result<(Money, Zone), StoreError> {
        let broken = corrupt("session_terms", session);
        let currency = Currency::parse(&self.currency).map_err(|error| broken(&error))?;
        let price = Money::parse(self.price_minor, currency).map_err(|error| broken(&error))?;
        Ok((price, Zone::parse(&self.zone).map_err(|error| broken(&error))?))
    }
}

impl RulesRow {
    /// What was agreed, with the other columns of the same row.
    pub(super) fn terms(&self, shown: &ShownTermsRow) -> Result<Terms, StoreError> {
        let Self {
            session_id,
            student_id: _,
            mentor_id: _,
            skill_slug: _,
            is_live: _,
            fee_basis_points,
            first_date,
            wall_minute,
            offered_weekdays,
            weeks,
            per_week,
            policy,
        } = self;
        let broken = corrupt("session_terms", session_id);
        let small = |value: i16| u8::try_from(value).map_err(|error| broken(&error));
        let (price, zone) = shown.price_and_zone(session_id)?;
        let fee = BasisPoints::parse(fee_basis_points.cast_unsigned()).map_err(|error| broken(&error))?;
        let minute = u32::try_from(*wall_minute).map_err(|error| broken(&error))?;
        Ok(Terms {
            price,
            policy: policy::read(policy.clone(), fee, session_id)?,
            zone,
            first_date: *first_date,
            time: WallTime::from_minute(minute).map_err(|error| broken(&error))?,
            offered: WeekdaySet::from_bits(small(*offered_weekdays)?),
            weeks: small(*weeks)?,
            per_week: small(*per_week)?,
        })
    }
}
