use std::fmt;

/// The largest amount, 99 999 999.99: what `numeric(10,2)` can hold.
pub const MOST_MINOR: i64 = 9_999_999_999;

/// The currencies of ISO 4217 that do not have two decimals; they are refused.
pub const OTHER_DECIMALS: [&str; 24] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF", "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
];

/// An ISO 4217 currency with two decimals, such as INR.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An amount of money, never negative, in minor units (paise, cents), at most 99 999 999.99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// A share in hundredths of a percent, from 0 to 10 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasisPoints(u16);

/// Why something is no amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// Below zero or above 99 999 999.99.
    #[error("an amount lies between 0 and 99999999.99")]
    OutOfRange,
    /// Not three capital letters, or a currency without exactly two decimals.
    #[error("a currency is three capital letters and has two decimals")]
    Currency,
    /// The amounts are in different currencies.
    #[error("amounts of different currencies cannot be combined")]
    Mixed,
    /// More than 10 000 basis points, or a share of nothing.
    #[error("a share lies between nothing and the whole")]
    Share,
}

impl Currency {
    /// Reads a currency code.
    pub fn parse(code: &str) -> Result<Self, InvalidMoney> {
        let letters: [u8; 3] = code.as_bytes().try_into().map_err(|_| InvalidMoney::Currency)?;
        let known = letters.iter().all(u8::is_ascii_uppercase) && !OTHER_DECIMALS.contains(&code);
        known.then_some(Self(letters)).ok_or(InvalidMoney::Currency)
    }

    /// The code, such as `INR`.
    pub fn code(&self) -> &str {
        // Only ASCII capitals are ever stored.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl BasisPoints {
    /// No share at all.
    pub const NONE: Self = Self(0);

    /// Reads a share, 1500 being 15 %.
    pub fn parse(points: u16) -> Result<Self, InvalidMoney> {
        (points <= 10_000).then_some(Self(points)).ok_or(InvalidMoney::Share)
    }

    /// What so many of so many are, cut (not rounded) to a whole basis point.
    pub fn of(part: u32, whole: u32) -> Result<Self, InvalidMoney> {
        let points = (u64::from(part) * 10_000).checked_div(whole.into()).ok_or(InvalidMoney::Share)?;
        u16::try_from(points).map_err(|_| InvalidMoney::Share).and_then(Self::parse)
    }

    /// The share in hundredths of a percent.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Money {
    /// Reads an amount in minor units.
    pub fn parse(minor: i64, currency: Currency) -> Result<Self, InvalidMoney> {
        (0..=MOST_MINOR).contains(&minor).then_some(Self { minor, currency }).ok_or(InvalidMoney::OutOfRange)
    }

    /// Nothing, in that currency.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The amount in minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum, unless it exceeds the largest amount.
    pub fn plus(self, other: Self) -> Result<Self, InvalidMoney> {
        self.with(other, i64::checked_add)
    }

    /// What is left after `other` is taken away, unless that is less than nothing.
    pub fn minus(self, other: Self) -> Result<Self, InvalidMoney> {
        self.with(other, i64::checked_sub)
    }

    fn with(self, other: Self, op: fn(i64, i64) -> Option<i64>) -> Result<Self, InvalidMoney> {
        if self.currency != other.currency {
            return Err(InvalidMoney::Mixed);
        }
        let minor = op(self.minor, other.minor).ok_or(InvalidMoney::OutOfRange)?;
        Self::parse(minor, self.currency)
    }

    /// Splits the amount into floor(amount × points / 10 000) and the rest. Nothing is lost: the
    /// two parts add up to the amount.
    pub fn split(self, share: BasisPoints) -> (Self, Self) {
        // At most 9 999 999 999 × 10 000, which an i64 holds.
        let part = self.minor * i64::from(share.0) / 10_000;
        (Self { minor: part, ..self }, Self { minor: self.minor - part, ..self })
    }

    /// Splits the amount into floor(amount × done / all) and the rest, losslessly.
    pub fn portion(self, done: u32, all: u32) -> Result<(Self, Self), InvalidMoney> {
        if all == 0 || done > all {
            return Err(InvalidMoney::Share);
        }
        let part = i128::from(self.minor) * i128::from(done) / i128::from(all);
        let part = i64::try_from(part).map_err(|_| InvalidMoney::OutOfRange)?;
        Ok((Self { minor: part, ..self }, Self { minor: self.minor - part, ..self }))
    }
}

/// For people: `2499.00 INR`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} {}", self.minor / 100, self.minor % 100, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inr(minor: i64) -> Money {
        Money::parse(minor, Currency::parse("INR").unwrap()).unwrap()
    }

    #[test]
    fn a_share_of_so_many_is_cut_and_neither_more_than_all_nor_of_nothing() {
        assert_eq!(BasisPoints::of(2, 3).map(BasisPoints::get), Ok(6_666));
        assert_eq!(BasisPoints::of(3, 3).map(BasisPoints::get), Ok(10_000));
        assert_eq!(BasisPoints::of(0, 3), Ok(BasisPoints::NONE));
        for (part, whole) in [(4, 3), (0, 0), (u32::MAX, 1), (10_001, 10_000)] {
            assert_eq!(BasisPoints::of(part, whole), Err(InvalidMoney::Share), "{part} of {whole}");
        }
    }

    proptest! {
        #[test]
        fn a_split_loses_nothing(minor in 0..=MOST_MINOR, points in 0..=10_000u16) {
            let (fee, rest) = inr(minor).split(BasisPoints::parse(points).unwrap());
            prop_assert_eq!(fee.plus(rest), Ok(inr(minor)));
            prop_assert_eq!(i128::from(fee.minor()), i128::from(minor) * i128::from(points) / 10_000);
        }

        #[test]
        fn a_portion_loses_nothing_and_grows_with_what_is_done(minor in 0..=MOST_MINOR, all in 1..200u32) {
            let mut last = 0;
            for done in 0..=all {
                let (earned, rest) = inr(minor).portion(done, all).unwrap();
                prop_assert_eq!(earned.plus(rest), Ok(inr(minor)));
                prop_assert!(earned.minor() >= last);
                last = earned.minor();
            }
            prop_assert_eq!(last, minor);
        }
    }

    #[test]
    fn amounts_outside_the_column_are_refused() {
        let currency = Currency::parse("INR").unwrap();
        assert_eq!(Money::parse(-1, currency), Err(InvalidMoney::OutOfRange));
        assert_eq!(Money::parse(MOST_MINOR + 1, currency), Err(InvalidMoney::OutOfRange));
        assert_eq!(inr(MOST_MINOR).plus(inr(1)), Err(InvalidMoney::OutOfRange));
        assert_eq!(inr(0).minus(inr(1)), Err(InvalidMoney::OutOfRange));
    }

    #[test]
    fn currencies_without_two_decimals_are_refused() {
        for code in ["JPY", "KWD", "inr", "RUPEE", "₹"] {
            assert_eq!(Currency::parse(code), Err(InvalidMoney::Currency), "{code}");
        }
    }

    #[test]
    fn amounts_of_two_currencies_do_not_mix() {
        let dollar = Money::parse(100, Currency::parse("USD").unwrap()).unwrap();
        assert_eq!(inr(100).plus(dollar), Err(InvalidMoney::Mixed));
    }

    #[test]
    fn a_portion_is_of_something_and_at_most_all_of_it() {
        assert_eq!(inr(100).portion(0, 0), Err(InvalidMoney::Share));
        assert_eq!(inr(100).portion(4, 3), Err(InvalidMoney::Share));
        assert_eq!(inr(100).portion(3, 3), Ok((inr(100), inr(0))));
    }

    #[test]
    fn amounts_are_written_for_people() {
        assert_eq!(inr(249_905).to_string(), "2499.05 INR");
        assert_eq!(format!("{:?}", inr(1).currency()), "INR");
    }
}
