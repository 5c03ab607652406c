//! Columns that are neither text nor number: enumerated types and amounts.

use std::io::Write;

use application_kernel::StoreError;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, ToPrimitive};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use domain_kernel::{Currency, Labelled, Money};

use crate::sql_types;

/// A newtype per enumerated type of the database, around the domain's own enum.
macro_rules! enumerated {
    ($($name:ident($inner:ty) is $sql:ident;)+) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
        #[diesel(sql_type = sql_types::$sql)]
        pub(crate) struct $name(pub(crate) $inner);

        impl ToSql<sql_types::$sql, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(self.0.label().as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl FromSql<sql_types::$sql, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(<$inner>::from_label(std::str::from_utf8(value.as_bytes())?)?))
            }
        }
    )+};
}

enumerated! {
    PgRole(domain_kernel::Role) is Role;
    PgSessionStatus(domain_mentoring::SessionStatus) is SessionStatus;
    PgScheduleStatus(domain_mentoring::ScheduleStatus) is ScheduleStatus;
    PgPaymentStatus(domain_billing::PaymentStatus) is PaymentStatus;
    PgPayoutStatus(domain_billing::PayoutStatus) is PayoutStatus;
}

/// `numeric(10,2)` from minor units.
pub(crate) fn numeric(amount: Money) -> BigDecimal {
    BigDecimal::new(BigInt::from(amount.minor()), 2)
}

/// `numeric(10,2)` to minor units.
pub(crate) fn money(
    value: &BigDecimal,
    currency: Currency,
    table: &'static str,
) -> Result<Money, StoreError> {
    let broken = |reason: String| StoreError::Corrupt { table, reason };
    let (digits, _) = value.with_scale(2).into_bigint_and_exponent();
    let minor = digits.to_i64().ok_or_else(|| broken(format!("{value} is too large")))?;
    Money::parse(minor, currency).map_err(|error| broken(format!("{value}: {error}")))
}
