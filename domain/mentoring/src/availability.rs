use domain_kernel::{WallTime, Weekday};

/// The days on which plans run.
const WORKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// When a mentor can be met, by weekday, on the mentor's own wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Availability {
    ranges: Vec<(Weekday, u32, u32)>,
}

/// Some of the seven weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WeekdaySet(u8);

impl Availability {
    /// Reads entries such as `monday` with `09:00-12:00`. What cannot be read offers nothing and
    /// is returned beside, for the log.
    pub fn read<'a>(days: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>) -> (Self, Vec<String>) {
        let mut ranges = Vec::new();
        let mut unreadable = Vec::new();
        for (day, texts) in days {
            let weekday = weekday(day);
            for text in texts {
                match (weekday, range(text)) {
                    (Some(weekday), Some((from, to))) => ranges.push((weekday, from, to)),
                    _ => unreadable.push(format!("{day} {text}")),
                }
            }
        }
        ranges.sort_by_key(|(day, from, to)| (day.num_days_from_monday(), *from, *to));
        (Self { ranges }, unreadable)
    }

    /// The offered ranges in order: weekday, from, to; times in minutes after midnight.
    pub fn ranges(&self) -> &[(Weekday, u32, u32)] {
        &self.ranges
    }

    /// The workdays on which a whole meeting of so many minutes from `time` fits one range.
    pub fn weekdays_at(&self, time: WallTime, minutes: u32) -> WeekdaySet {
        let from = time.minute_of_day();
        let fits = |day: Weekday| {
            self.ranges.iter().any(|(on, begin, end)| *on == day && *begin <= from && from + minutes <= *end)
        };
        WORKDAYS.into_iter().filter(|day| fits(*day)).collect()
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    // chrono's parser would also take abbreviations, which no program ever wrote.
    match name {
        "monday" => Some(Weekday::Mon),
        "tuesday" => Some(Weekday::Tue),
        "wednesday" => Some(Weekday::Wed),
        "thursday" => Some(Weekday::Thu),
        "friday" => Some(Weekday::Fri),
        "saturday" => Some(Weekday::Sat),
        "sunday" => Some(Weekday::Sun),
        _ => None,
    }
}

/// `HH:MM-HH:MM` in minutes after midnight; `24:00` is the end of the day.
fn range(text: &str) -> Option<(u32, u32)> {
    let minute = |text: &str| match text.trim() {
        "24:00" => Some(24 * 60),
        text => WallTime::parse(text).ok().map(WallTime::minute_of_day),
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < to).then_some((from, to))
}

impl WeekdaySet {
    /// The set whose bit `n` stands for the weekday `n` days after Monday; other bits are cut.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & 0b0111_1111)
    }

    /// The set as bits.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether the day is in it.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }

    /// The set with that day in it.
    #[must_use]
    pub fn with(self, day: Weekday) -> Self {
        Self(self.0 | 1 << day.num_days_from_monday())
    }

    /// How many days are in it.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }
}

impl FromIterator<Weekday> for WeekdaySet {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | 1 << day.num_days_from_monday()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> WallTime {
        WallTime::parse(text).unwrap()
    }

    #[test]
    fn a_meeting_fits_only_whole_into_one_range() {
        let (offered, unreadable) =
            Availability::read([("monday", vec!["09:00-10:00", "10:00-11:00", "22:00-24:00"])]);
        assert!(unreadable.is_empty());
        for (time, fits) in [
            ("09:00", true),
            ("09:30", false),
            ("10:00", true),
            ("08:59", false),
            ("23:00", true),
            ("23:01", false),
        ] {
            assert_eq!(offered.weekdays_at(at(time), 60).contains(Weekday::Mon), fits, "{time}");
        }
    }

    #[test]
    fn weekends_are_offered_in_vain() {
        let (offered, _) =
            Availability::read([("saturday", vec!["09:00-12:00"]), ("friday", vec!["09:00-12:00"])]);
        assert_eq!(offered.weekdays_at(at("09:00"), 60), [Weekday::Fri].into_iter().collect());
    }

    #[test]
    fn what_cannot_be_read_offers_nothing_and_is_told() {
        let (offered, unreadable) = Availability::read([
            ("monday", vec!["9-10", "12:00-09:00", "09:00-12:00"]),
            ("montag", vec!["09:00-12:00"]),
        ]);
        assert_eq!(offered.ranges().len(), 1);
        assert_eq!(unreadable, ["monday 9-10", "monday 12:00-09:00", "montag 09:00-12:00"]);
    }
}
