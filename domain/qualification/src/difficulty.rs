use domain_kernel::labelled;

labelled! {
    /// How much a question asks of somebody who teaches the skill.
    pub enum Difficulty {
        /// What a learner meets in the first weeks.
        Beginner = "BEGINNER",
        /// What using the skill at work takes.
        Intermediate = "INTERMEDIATE",
        /// What goes wrong only at scale, under load or in rare cases.
        Advanced = "ADVANCED",
    }
}

impl Difficulty {
    /// The fewest questions of this difficulty with which a skill can be tested.
    pub fn needed(self) -> usize {
        match self {
            Self::Beginner => 8,
            Self::Intermediate => 7,
            Self::Advanced => 5,
        }
    }
}

labelled! {
    /// What a question looks at.
    pub enum QuestionKind {
        /// What a thing is, and why.
        Conceptual = "conceptual",
        /// What a piece of code or a command does, or which one does it.
        Practical = "practical",
        /// What to do in a case.
        Scenario = "scenario",
    }
}
