use domain_kernel::{Lifecycle, labelled};

labelled! {
    /// Whether what a student handed in came in time.
    pub enum SubmissionStatus {
        /// It came when it was due or before.
        Submitted = "SUBMITTED",
        /// It came after it was due.
        Late = "LATE",
    }
}

labelled! {
    /// What can happen to a submission, by where it leads.
    pub enum SubmissionStep {
        /// The student replaces the file in time.
        ReplacedOnTime = "replaced_on_time",
        /// The student replaces the file after it was due.
        ReplacedLate = "replaced_late",
        /// The mentor moves the due date beyond it.
        DueExtended = "due_extended",
    }
}

impl Lifecycle for SubmissionStatus {
    type Event = SubmissionStep;
    const INITIAL: &'static [Self] = &[Self::Submitted, Self::Late];
    const TRANSITIONS: &'static [(Self, SubmissionStep, Self)] = &[
        (Self::Submitted, SubmissionStep::ReplacedOnTime, Self::Submitted),
        (Self::Submitted, SubmissionStep::ReplacedLate, Self::Late),
        (Self::Late, SubmissionStep::ReplacedOnTime, Self::Submitted),
        (Self::Late, SubmissionStep::ReplacedLate, Self::Late),
        (Self::Late, SubmissionStep::DueExtended, Self::Submitted),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<SubmissionStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<SubmissionStatus>());
    }
}
