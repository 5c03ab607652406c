use domain_catalog::SkillSlug;

/// Which plans are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanFilter {
    /// Only those for this skill.
    pub skill: Option<SkillSlug>,
}

/// Which mentors are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MentorFilter {
    /// Only those who are verified for this skill.
    pub skill: Option<SkillSlug>,
}

/// What lists of mentors are ordered by, from the greatest down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MentorKey {
    /// The rating in hundredths; 0 for those whom nobody has rated.
    pub hundredths: i64,
    /// The key of `mentor_profiles`.
    pub profile: i32,
}

impl MentorKey {
    /// Above every rating, which the column holds below 10.
    pub const START: Self = Self { hundredths: 1000, profile: i32::MAX };
}
