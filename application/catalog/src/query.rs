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

/// What lists of mentors are ordered by: the key of `mentor_profiles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MentorKey(pub i32);
