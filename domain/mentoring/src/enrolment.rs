use domain_kernel::{Lifecycle, labelled};

labelled! {
    /// How far a student has come with a mentor in a skill.
    pub enum CourseStatus {
        /// Nothing is paid.
        PaymentPending = "PAYMENT_PENDING",
        /// Something is paid and not all of it has taken place.
        Ongoing = "ONGOING",
        /// Everything that is paid has taken place.
        Completed = "COMPLETED",
    }
}

labelled! {
    /// What can change it.
    pub enum CourseStep {
        /// A plan is paid.
        Pay = "pay",
        /// The last open meeting has taken place.
        Finish = "finish",
        /// A further plan is paid, or a meeting is found not to have taken place.
        Resume = "resume",
        /// Nothing paid is left: all of it was called off or went back.
        Refund = "refund",
    }
}

impl Lifecycle for CourseStatus {
    type Event = CourseStep;
    const INITIAL: &'static [Self] = &[Self::PaymentPending];
    const TRANSITIONS: &'static [(Self, CourseStep, Self)] = &[
        (Self::PaymentPending, CourseStep::Pay, Self::Ongoing),
        (Self::Ongoing, CourseStep::Finish, Self::Completed),
        (Self::Ongoing, CourseStep::Refund, Self::PaymentPending),
        (Self::Completed, CourseStep::Resume, Self::Ongoing),
        (Self::Completed, CourseStep::Refund, Self::PaymentPending),
    ];
}

/// What the sessions of one student, mentor and skill say. A session is paid while it is neither
/// called off nor rejected and some of its money is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enrolment {
    /// Paid sessions.
    pub paid: u32,
    /// Those of them whose meetings are not planned yet.
    pub unplanned: u32,
    /// Meetings of paid sessions that are not cancelled.
    pub meetings: u32,
    /// Those of them that have taken place.
    pub completed: u32,
}

impl Enrolment {
    /// Where the course stands.
    pub fn status(self) -> CourseStatus {
        let Self { paid, unplanned, meetings, completed } = self;
        match () {
            () if paid == 0 => CourseStatus::PaymentPending,
            () if unplanned == 0 && meetings > 0 && completed == meetings => CourseStatus::Completed,
            () => CourseStatus::Ongoing,
        }
    }

    /// The statuses that lead from `stored` to where the course stands, each an edge of the table;
    /// none if it stands there.
    pub fn path(self, stored: CourseStatus) -> Vec<CourseStatus> {
        let target = self.status();
        match (stored, target) {
            (from, to) if from == to => vec![],
            // What was never recorded as paid is paid and finished at once.
            (CourseStatus::PaymentPending, CourseStatus::Completed) => vec![CourseStatus::Ongoing, target],
            _ => vec![target],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};
    use proptest::prelude::*;

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<CourseStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<CourseStatus>());
    }

    #[test]
    fn a_course_is_ongoing_while_something_paid_is_open_or_not_planned() {
        let none = Enrolment::default();
        assert_eq!(none.status(), CourseStatus::PaymentPending);
        let paid = Enrolment { paid: 1, unplanned: 1, ..none };
        assert_eq!(paid.status(), CourseStatus::Ongoing);
        let half = Enrolment { paid: 1, meetings: 4, completed: 2, ..none };
        assert_eq!(half.status(), CourseStatus::Ongoing);
        let all = Enrolment { completed: 4, ..half };
        assert_eq!(all.status(), CourseStatus::Completed);
        let another = Enrolment { paid: 2, unplanned: 1, ..all };
        assert_eq!(another.status(), CourseStatus::Ongoing);
    }

    proptest! {
        #[test]
        fn every_path_follows_the_table(paid in 0u32..3, unplanned in 0u32..3, meetings in 0u32..4, completed in 0u32..4) {
            let facts = Enrolment { paid, unplanned, meetings, completed };
            for from in <CourseStatus as domain_kernel::Labelled>::ALL {
                let mut at = *from;
                for next in facts.path(*from) {
                    let is_edge = CourseStatus::TRANSITIONS.iter().any(|(f, _, t)| (*f, *t) == (at, next));
                    prop_assert!(is_edge, "{at} to {next}");
                    at = next;
                }
                prop_assert_eq!(at, facts.status());
            }
        }
    }
}
