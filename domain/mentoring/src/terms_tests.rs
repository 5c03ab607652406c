use domain_kernel::{Currency, Datelike, Weekday};
use proptest::prelude::*;

use super::*;

/// Zones whose clocks change by an hour, by half an hour, or never, at odd offsets too.
const ZONES: [&str; 5] =
    ["America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/London"];

fn terms(zone: &str, first: &str, minute: u32, weeks: u8, per_week: u8) -> Terms {
    Terms {
        price: Money::zero(Currency::parse("INR").unwrap()),
        policy: Policy::with_fee(BasisPoints::parse(1500).unwrap()),
        zone: Zone::parse(zone).unwrap(),
        first_date: first.parse().unwrap(),
        time: WallTime::from_minute(minute).unwrap(),
        offered: WeekdaySet::from_bits(0b1_1111),
        weeks,
        per_week,
    }
}

/// Each meeting as its wall clock and its instant.
fn shown(terms: &Terms) -> Vec<String> {
    let slots = terms.slots_from(terms.first_date);
    let line = |slot: &Slot| {
        let (date, time) = terms.zone.local(slot.starts_at);
        format!("{date} {time} = {}", slot.starts_at)
    };
    slots.iter().map(line).collect()
}

#[test]
fn a_plan_keeps_its_wall_time_when_clocks_go_back_and_forward() {
    // New York leaves daylight time on 1 November 2026 and takes it on 14 March 2027.
    assert_eq!(
        shown(&terms("America/New_York", "2026-10-29", 600, 2, 1)),
        ["2026-10-29 10:00 = 2026-10-29T14:00:00Z", "2026-11-05 10:00 = 2026-11-05T15:00:00Z"]
    );
    assert_eq!(
        shown(&terms("America/New_York", "2027-03-11", 600, 2, 1)),
        ["2027-03-11 10:00 = 2027-03-11T15:00:00Z", "2027-03-18 10:00 = 2027-03-18T14:00:00Z"]
    );
    // Lord Howe changes by half an hour, on 4 October 2026.
    assert_eq!(
        shown(&terms("Australia/Lord_Howe", "2026-10-02", 600, 2, 1)),
        ["2026-10-02 10:00 = 2026-10-01T23:30:00Z", "2026-10-09 10:00 = 2026-10-08T23:00:00Z"]
    );
}

#[test]
fn a_plan_runs_over_a_leap_day_and_a_years_end() {
    let leap = shown(&terms("Asia/Kathmandu", "2028-02-28", 600, 1, 3));
    assert_eq!(
        leap,
        [
            "2028-02-28 10:00 = 2028-02-28T04:15:00Z",
            "2028-02-29 10:00 = 2028-02-29T04:15:00Z",
            "2028-03-01 10:00 = 2028-03-01T04:15:00Z"
        ]
    );
    let end = shown(&terms("Asia/Kolkata", "2026-12-31", 600, 1, 3));
    assert_eq!(
        end,
        [
            "2026-12-31 10:00 = 2026-12-31T04:30:00Z",
            "2027-01-01 10:00 = 2027-01-01T04:30:00Z",
            "2027-01-04 10:00 = 2027-01-04T04:30:00Z"
        ]
    );
}

proptest! {
    #[test]
    fn every_meeting_is_on_an_offered_day_of_its_week_at_its_wall_time(
        zone in prop::sample::select(&ZONES[..]), day in 0i64..3650, minute in 180u32..1380,
        weeks in 1u8..20, per_week in 1u8..=5,
    ) {
        let mut terms = terms(zone, "2026-01-01", minute, weeks, per_week);
        terms.first_date += TimeDelta::days(day);
        prop_assume!(terms.offered.contains(terms.first_date.weekday()));
        let slots = terms.slots_from(terms.first_date);
        prop_assert_eq!(slots.len(), usize::from(weeks) * usize::from(per_week));
        for (index, slot) in slots.iter().enumerate() {
            let (date, time) = terms.zone.local(slot.starts_at);
            // No clock changes between three in the morning and eleven at night.
            prop_assert_eq!((date, time), (slot.day.date, terms.time));
            prop_assert!(!matches!(date.weekday(), Weekday::Sat | Weekday::Sun));
            let week = i64::from(slot.day.week);
            let after = (date - terms.first_date).num_days();
            prop_assert!((7 * (week - 1)..7 * week).contains(&after), "{} days after, in week {}", after, week);
            prop_assert_eq!(slot.ends_at.since(slot.starts_at), terms.policy.item);
            prop_assert_eq!(usize::try_from(slot.item).unwrap(), index + 1);
            if let Some(next) = slots.get(index + 1) {
                prop_assert!(slot.ends_at <= next.starts_at);
            }
        }
    }
}
