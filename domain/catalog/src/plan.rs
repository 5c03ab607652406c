use domain_kernel::{Money, PlanId};

use crate::SkillSlug;

/// What is sold for a skill: so many meetings a week for so many weeks, at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its key.
    pub id: PlanId,
    /// The skill, by the name that people read.
    pub skill_name: String,
    /// The plan's key within the skill, such as `basic`; compared without case.
    pub key: String,
    /// The name that people read.
    pub title: String,
    /// What the student pays for all of it.
    pub price: Money,
    /// How long and how often.
    pub shape: PlanShape,
    /// Whether it can be booked.
    pub is_active: bool,
}

/// How long a plan runs and how often its parties meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanShape {
    weeks: u8,
    per_week: u8,
}

/// The numbers are no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a plan has 1 to 52 weeks and 1 to 5 meetings a week")]
pub struct InvalidPlan;

impl PlanShape {
    /// Reads a shape: 1 to 52 weeks, 1 to 5 meetings a week (plans run Monday to Friday).
    pub fn parse(weeks: i32, per_week: i32) -> Result<Self, InvalidPlan> {
        match (u8::try_from(weeks), u8::try_from(per_week)) {
            (Ok(weeks @ 1..=52), Ok(per_week @ 1..=5)) => Ok(Self { weeks, per_week }),
            _ => Err(InvalidPlan),
        }
    }

    /// Weeks, from 1.
    pub fn weeks(self) -> u8 {
        self.weeks
    }

    /// Meetings a week, from 1.
    pub fn per_week(self) -> u8 {
        self.per_week
    }

    /// Meetings in all.
    pub fn items(self) -> u32 {
        u32::from(self.weeks) * u32::from(self.per_week)
    }
}

impl Plan {
    /// The skill's slug.
    pub fn skill(&self) -> SkillSlug {
        SkillSlug::of(&self.skill_name)
    }

    /// Whether it is the basic plan, the only one that a conditionally verified mentor may teach.
    pub fn is_basic(&self) -> bool {
        self.key.eq_ignore_ascii_case("basic")
    }
}
