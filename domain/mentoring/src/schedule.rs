use domain_kernel::{Lifecycle, ScheduleItemId, SessionId, Timestamp, WallTime, labelled};

use crate::{Meeting, Reminders, Side};

labelled! {
    /// Where one meeting stands.
    pub enum ScheduleStatus {
        /// Its day has not begun.
        Locked = "LOCKED",
        /// Its day has begun; its resources are open.
        Upcoming = "UPCOMING",
        /// It has taken place.
        Completed = "COMPLETED",
    }
}

labelled! {
    /// What can happen to a meeting.
    pub enum ScheduleStep {
        /// Local midnight of its day has come.
        DayBegins = "day_begins",
        /// The mentor says that it took place.
        MentorCompletes = "mentor_completes",
        /// Nobody said otherwise in time.
        AutoComplete = "auto_complete",
        /// It is moved to a later day.
        MoveLater = "move_later",
    }
}

impl ScheduleStep {
    /// As [`crate::SessionStep::is_for`].
    pub fn is_for(self, side: Option<Side>) -> bool {
        match self {
            Self::MentorCompletes => side == Some(Side::Mentor),
            Self::MoveLater => side.is_some(),
            Self::DayBegins | Self::AutoComplete => false,
        }
    }
}

impl Lifecycle for ScheduleStatus {
    type Event = ScheduleStep;
    const INITIAL: &'static [Self] = &[Self::Locked];
    const TRANSITIONS: &'static [(Self, ScheduleStep, Self)] = &[
        (Self::Locked, ScheduleStep::DayBegins, Self::Upcoming),
        (Self::Upcoming, ScheduleStep::MentorCompletes, Self::Completed),
        (Self::Upcoming, ScheduleStep::AutoComplete, Self::Completed),
        (Self::Upcoming, ScheduleStep::MoveLater, Self::Locked),
    ];
}

/// A meeting as it is planned, before the database has given it a key. It begins LOCKED.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScheduleItem {
    /// Counted from 1 over the whole plan; its slots are held under this number.
    pub item: u32,
    /// The week, from 1.
    pub week: u8,
    /// The meeting within the week, from 1.
    pub number: u8,
    /// What it is about.
    pub topic: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// What the session's wall clock shows then.
    pub wall_time: WallTime,
}

impl NewScheduleItem {
    /// The meeting as the database keeps it under that key.
    pub fn planned(self, id: ScheduleItemId, session: SessionId) -> Meeting {
        let Self { item, week, number, topic: _, starts_at, ends_at, wall_time } = self;
        Meeting {
            id,
            session,
            item,
            week,
            number,
            status: ScheduleStatus::Locked,
            starts_at,
            ends_at,
            wall_time,
            moves: 0,
            proposal: None,
            report: None,
            reminded: Reminders::default(),
            completed_at: None,
            cancelled_at: None,
            version: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<ScheduleStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<ScheduleStatus>());
    }
}
