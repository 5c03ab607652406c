use std::fmt;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike, Utc};
pub use chrono::{Datelike, NaiveDate as Date, TimeDelta, Weekday};

/// An instant in UTC, truncated to whole microseconds, which is what the database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// A zone of the IANA database, such as Asia/Kolkata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(chrono_tz::Tz);

/// A time on a wall clock, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(NaiveTime);

/// No zone of the IANA database has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a zone is a name of the IANA database, such as Asia/Kolkata")]
pub struct UnknownZone;

/// The text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is written HH:MM, from 00:00 to 23:59")]
pub struct InvalidTime;

/// So many hours.
pub const fn hours(count: i64) -> TimeDelta {
    minutes(count * 60)
}

/// So many days of 24 hours.
pub const fn days(count: i64) -> TimeDelta {
    hours(count * 24)
}

/// So many minutes.
pub const fn minutes(count: i64) -> TimeDelta {
    match TimeDelta::try_minutes(count) {
        Some(delta) => delta,
        None => TimeDelta::MAX,
    }
}

impl Timestamp {
    /// The beginning of 1970.
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// The instant, cut to whole microseconds.
    pub fn new(instant: DateTime<Utc>) -> Self {
        let nanos = instant.timestamp_subsec_nanos();
        let whole = nanos - nanos % 1_000;
        Self(instant.with_nanosecond(whole).unwrap_or(instant))
    }

    /// From a column without zone that holds UTC.
    pub fn from_utc(naive: NaiveDateTime) -> Self {
        Self::new(naive.and_utc())
    }

    /// From microseconds since 1970; nothing outside the calendar.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The instant.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// For a column without zone that holds UTC.
    pub fn naive(self) -> NaiveDateTime {
        self.0.naive_utc()
    }

    /// The instant cut to whole milliseconds, which is what `users` keeps.
    #[must_use]
    pub fn to_millis(self) -> Self {
        let nanos = self.0.timestamp_subsec_nanos();
        Self(self.0.with_nanosecond(nanos - nanos % 1_000_000).unwrap_or(self.0))
    }

    /// The instant so much later (earlier for a negative span); the farthest one at the end of
    /// the calendar.
    #[must_use]
    pub fn plus(self, span: TimeDelta) -> Self {
        let far = if span < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        Self::new(self.0.checked_add_signed(span).unwrap_or(far))
    }

    /// The instant so much earlier.
    #[must_use]
    pub fn minus(self, span: TimeDelta) -> Self {
        self.plus(-span)
    }

    /// How long after `earlier` this is; negative when it is before.
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0.signed_duration_since(earlier.0)
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

impl WallTime {
    /// 00:00.
    pub const MIDNIGHT: Self = Self(NaiveTime::MIN);

    /// Reads `HH:MM`.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let [h, hh, b':', m, mm] = text.as_bytes() else { return Err(InvalidTime) };
        let digit = |byte: &u8| char::from(*byte).to_digit(10).ok_or(InvalidTime);
        let (hour, minute) = (10 * digit(h)? + digit(hh)?, 10 * digit(m)? + digit(mm)?);
        NaiveTime::from_hms_opt(hour, minute, 0).map(Self).ok_or(InvalidTime)
    }

    /// From minutes after midnight, 0 to 1439.
    pub fn from_minute(minute: u32) -> Result<Self, InvalidTime> {
        NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).map(Self).ok_or(InvalidTime)
    }

    /// From a whole clock time; seconds are cut.
    pub fn from_clock(time: NaiveTime) -> Self {
        Self(time.with_second(0).and_then(|t| t.with_nanosecond(0)).unwrap_or(time))
    }

    /// Minutes since midnight, 0 to 1439.
    pub fn minute_of_day(self) -> u32 {
        self.0.hour() * 60 + self.0.minute()
    }

    /// As the schedule's column keeps it: `HH:MM:SS`.
    pub fn with_seconds(self) -> String {
        self.0.format("%H:%M:%S").to_string()
    }

    /// The clock time.
    pub fn clock(self) -> NaiveTime {
        self.0
    }
}

/// `HH:MM`.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%H:%M").fmt(f)
    }
}

impl Zone {
    /// India's zone, in which people are who never chose one.
    pub const KOLKATA: Self = Self(chrono_tz::Asia::Kolkata);

    /// Reads the name of a zone.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        name.parse().map(Self).map_err(|_| UnknownZone)
    }

    /// The zone's name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The instant at which the wall clock shows that date and time. A time that a change of
    /// clocks skips moves on by the skipped span; of a repeated one the earlier is meant.
    pub fn instant(self, date: Date, time: WallTime) -> Timestamp {
        let wall = date.and_time(time.0);
        let instant = match self.0.from_local_datetime(&wall) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.to_utc(),
            MappedLocalTime::None => {
                // The offset of the day before is the one in force when the clocks changed.
                let before = self.0.from_utc_datetime(&(wall - days(1)));
                (wall - TimeDelta::seconds(before.offset().fix().local_minus_utc().into())).and_utc()
            }
        };
        Timestamp::new(instant)
    }

    /// What the calendar and the wall clock show at that instant.
    pub fn local(self, at: Timestamp) -> (Date, WallTime) {
        let local = at.0.with_timezone(&self.0).naive_local();
        (local.date(), WallTime::from_clock(local.time()))
    }

    /// The weekday of that instant.
    pub fn weekday(self, at: Timestamp) -> Weekday {
        self.local(at).0.weekday()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, date: (i32, u32, u32), time: &str) -> String {
        let date = Date::from_ymd_opt(date.0, date.1, date.2).unwrap();
        Zone::parse(zone).unwrap().instant(date, WallTime::parse(time).unwrap()).to_string()
    }

    #[test]
    fn a_wall_time_is_an_instant_of_its_zone() {
        assert_eq!(at("Asia/Kolkata", (2026, 12, 1), "10:00"), "2026-12-01T04:30:00Z");
        assert_eq!(at("Asia/Kathmandu", (2026, 12, 1), "10:00"), "2026-12-01T04:15:00Z");
        assert_eq!(at("America/New_York", (2026, 12, 1), "10:00"), "2026-12-01T15:00:00Z");
    }

    #[test]
    fn a_skipped_wall_time_moves_on_by_what_was_skipped() {
        // 02:30 does not exist on 2026-03-08: it is 03:30 daylight time.
        assert_eq!(at("America/New_York", (2026, 3, 8), "02:30"), "2026-03-08T07:30:00Z");
        // Lord Howe skips half an hour: 02:10 becomes 02:40 (+11:00).
        assert_eq!(at("Australia/Lord_Howe", (2026, 10, 4), "02:10"), "2026-10-03T15:40:00Z");
    }

    #[test]
    fn of_a_repeated_wall_time_the_earlier_is_meant() {
        assert_eq!(at("America/New_York", (2026, 11, 1), "01:30"), "2026-11-01T05:30:00Z");
    }

    #[test]
    fn an_instant_keeps_whole_microseconds() {
        let instant = DateTime::from_timestamp(1, 123_456_789).unwrap();
        assert_eq!(Timestamp::new(instant).utc().timestamp_subsec_nanos(), 123_456_000);
        assert_eq!(Timestamp::new(instant).to_millis().utc().timestamp_subsec_nanos(), 123_000_000);
    }

    #[test]
    fn times_are_read_as_hours_and_minutes_only() {
        for text in ["24:00", "9:00", "09:60", "0900", "09:00:00", "", "+9:00"] {
            assert_eq!(WallTime::parse(text), Err(InvalidTime), "{text:?}");
        }
    }
}
