use domain_kernel::{Date, Datelike, TimeDelta};

use crate::WeekdaySet;

/// The day of one meeting of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingDay {
    /// The week, from 1.
    pub week: u8,
    /// The meeting within the week, from 1.
    pub number: u8,
    /// The day, on the session's calendar.
    pub date: Date,
}

/// Why a plan has no dates from that day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatesRefused {
    /// The mentor does not offer that weekday at that time.
    #[error("the mentor does not offer that weekday at that time")]
    DayNotOffered,
    /// The plan has more meetings a week than the mentor offers days.
    #[error("the mentor offers fewer days a week at that time than the plan has meetings")]
    TooFewDays,
}

/// The days of a plan's meetings. The first is `first`; week w covers the days 7(w − 1) to
/// 7w − 1 after it, and takes from them the first `per_week` offered ones.
pub fn meeting_days(
    first: Date,
    weeks: u8,
    per_week: u8,
    offered: WeekdaySet,
) -> Result<Vec<MeetingDay>, DatesRefused> {
    if !offered.contains(first.weekday()) {
        return Err(DatesRefused::DayNotOffered);
    }
    if offered.count() < u32::from(per_week) {
        return Err(DatesRefused::TooFewDays);
    }
    let mut days = Vec::with_capacity(usize::from(weeks) * usize::from(per_week));
    for week in 1..=weeks {
        let begin = first + TimeDelta::weeks(i64::from(week) - 1);
        let in_week = begin.iter_days().take(7).filter(|day| offered.contains(day.weekday()));
        days.extend((1..=per_week).zip(in_week).map(|(number, date)| MeetingDay { week, number, date }));
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::Weekday::{Fri, Mon, Thu, Tue, Wed};
    use proptest::prelude::*;

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn a_plan_takes_the_next_offered_days_of_each_week() {
        // Wednesday 30 December 2026, three a week on Monday, Wednesday, Friday: over the year's end.
        let days = meeting_days(day(2026, 12, 30), 2, 3, [Mon, Wed, Fri].into_iter().collect()).unwrap();
        let dates: Vec<String> = days.iter().map(|d| format!("{}.{} {}", d.week, d.number, d.date)).collect();
        assert_eq!(
            dates,
            [
                "1.1 2026-12-30",
                "1.2 2027-01-01",
                "1.3 2027-01-04",
                "2.1 2027-01-06",
                "2.2 2027-01-08",
                "2.3 2027-01-11"
            ]
        );
    }

    #[test]
    fn a_plan_begins_on_an_offered_day_only() {
        assert_eq!(
            meeting_days(day(2026, 12, 29), 1, 1, [Mon].into_iter().collect()),
            Err(DatesRefused::DayNotOffered)
        );
    }

    #[test]
    fn a_plan_with_more_meetings_than_offered_days_has_no_dates() {
        assert_eq!(
            meeting_days(day(2026, 12, 29), 1, 3, [Tue, Thu].into_iter().collect()),
            Err(DatesRefused::TooFewDays)
        );
    }

    proptest! {
        #[test]
        fn dates_are_offered_days_in_order_and_within_their_weeks(
            offset in 0..3_650i64, weeks in 1..=52u8, per_week in 1..=5u8, bits in 1..32u8,
        ) {
            let first = day(2026, 1, 1) + TimeDelta::days(offset);
            let offered = WeekdaySet::from_bits(bits);
            if let Ok(days) = meeting_days(first, weeks, per_week, offered) {
                prop_assert_eq!(days.len(), usize::from(weeks) * usize::from(per_week));
                prop_assert_eq!(days[0].date, first);
                prop_assert!(days.windows(2).all(|pair| pair[0].date < pair[1].date));
                for d in &days {
                    prop_assert!(offered.contains(d.date.weekday()));
                    let after = (d.date - first).num_days();
                    prop_assert!((7 * (i64::from(d.week) - 1)..7 * i64::from(d.week)).contains(&after));
                }
            } else {
                prop_assert!(!offered.contains(first.weekday()) || offered.count() < u32::from(per_week));
            }
        }
    }
}
