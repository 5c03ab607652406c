use domain_kernel::{BasisPoints, Date, Money, TimeDelta, Timestamp, WallTime, Zone, days, hours, minutes};

use crate::{MeetingDay, WeekdaySet, meeting_days};

/// The rules of the house on time and money. Configuration; what is in force when a session is
/// requested is copied onto it and binds it to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What the platform keeps of a payment. 15 %.
    pub fee: BasisPoints,
    /// How long a meeting lasts. 60 minutes.
    pub item: TimeDelta,
    /// The least time between a request and its start. 24 hours.
    pub ahead_least: TimeDelta,
    /// The most time between a request and its start. 90 days.
    pub ahead_most: TimeDelta,
    /// How many unanswered requests a student may have. 5.
    pub open_requests: u32,
    /// A request expires so long after it was made. 72 hours.
    pub answer_within: TimeDelta,
    /// It expires so long before its start at the latest, which is also the last moment to
    /// approve it. 2 hours.
    pub answer_before_start: TimeDelta,
    /// An approved session is to be paid within this time. 24 hours.
    pub pay_within: TimeDelta,
    /// It is to be paid so long before its start at the latest. 1 hour.
    pub pay_before_start: TimeDelta,
    /// The clock waits so long beyond that for a payment that is under way. 15 minutes.
    pub pay_grace: TimeDelta,
    /// A student who cancels later than this before a meeting pays for it. 24 hours.
    pub cancel_notice: TimeDelta,
    /// A meeting that nobody completed completes itself so long after its end. 24 hours.
    pub auto_complete_after: TimeDelta,
    /// What a mentor earned is held for so long. 72 hours.
    pub payout_hold: TimeDelta,
    /// The mentor can complete a meeting so long after its start. 15 minutes.
    pub complete_after_start: TimeDelta,
    /// The student can report a no-show so long after the start. 10 minutes.
    pub report_after_start: TimeDelta,
    /// And until so long after the end. 24 hours.
    pub report_within: TimeDelta,
    /// A meeting is moved to a time at least so far ahead. 24 hours.
    pub move_ahead_least: TimeDelta,
    /// How often a meeting may be moved. 2.
    pub moves: u8,
}

impl Policy {
    /// The defaults, with that fee.
    pub fn with_fee(fee: BasisPoints) -> Self {
        Self {
            fee,
            item: minutes(60),
            ahead_least: hours(24),
            ahead_most: days(90),
            open_requests: 5,
            answer_within: hours(72),
            answer_before_start: hours(2),
            pay_within: hours(24),
            pay_before_start: hours(1),
            pay_grace: minutes(15),
            cancel_notice: hours(24),
            auto_complete_after: hours(24),
            payout_hold: hours(72),
            complete_after_start: minutes(15),
            report_after_start: minutes(10),
            report_within: hours(24),
            move_ahead_least: hours(24),
            moves: 2,
        }
    }
}

/// What was agreed when the session was requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What the student pays.
    pub price: Money,
    /// The rules in force.
    pub policy: Policy,
    /// The mentor's zone, in which the plan's days and times are meant.
    pub zone: Zone,
    /// The day of the first meeting.
    pub first_date: Date,
    /// When each meeting begins.
    pub time: WallTime,
    /// The weekdays that the mentor offered at that time.
    pub offered: WeekdaySet,
    /// Weeks of the plan.
    pub weeks: u8,
    /// Meetings a week.
    pub per_week: u8,
}

/// One meeting's place in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Counted from 1 over the whole plan.
    pub item: u32,
    /// Its week, number and day.
    pub day: MeetingDay,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl Terms {
    /// When the first meeting begins.
    pub fn starts_at(&self) -> Timestamp {
        self.zone.instant(self.first_date, self.time)
    }

    /// From the first meeting's begin to the last one's end, as agreed.
    pub fn span(&self) -> (Timestamp, Timestamp) {
        let slots = self.slots_from(self.first_date);
        (self.starts_at(), slots.last().map_or_else(|| self.starts_at(), |slot| slot.ends_at))
    }

    /// The meetings' places in time if the plan began on that day; none if it is not offered.
    pub fn slots_from(&self, first: Date) -> Vec<Slot> {
        let days = meeting_days(first, self.weeks, self.per_week, self.offered).unwrap_or_default();
        (1..)
            .zip(days)
            .map(|(item, day)| {
                let starts_at = self.zone.instant(day.date, self.time);
                Slot { item, day, starts_at, ends_at: starts_at.plus(self.policy.item) }
            })
            .collect()
    }

    /// Local midnight of the day on which something begins: from then on that day has begun.
    pub fn day_of(&self, starts_at: Timestamp) -> Timestamp {
        let (date, _) = self.zone.local(starts_at);
        self.zone.instant(date, WallTime::MIDNIGHT)
    }

    /// Meetings in all.
    pub fn items(&self) -> u32 {
        u32::from(self.weeks) * u32::from(self.per_week)
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
