use crate::{Lifecycle, labelled};

labelled! {
    /// What a person is on the platform. Operators are not a role: they have accounts of their own.
    pub enum Role {
        /// Learns, books and pays.
        Student = "STUDENT",
        /// Qualifies, teaches and is paid.
        Mentor = "MENTOR",
    }
}

labelled! {
    /// What can happen to a role. Only an operator makes it happen.
    pub enum RoleStep {
        /// A student teaches from now on.
        BecomeMentor = "become_mentor",
        /// A mentor learns from now on.
        BecomeStudent = "become_student",
    }
}

impl Lifecycle for Role {
    type Event = RoleStep;
    const INITIAL: &'static [Self] = &[Self::Student, Self::Mentor];
    const TRANSITIONS: &'static [(Self, RoleStep, Self)] = &[
        (Self::Student, RoleStep::BecomeMentor, Self::Mentor),
        (Self::Mentor, RoleStep::BecomeStudent, Self::Student),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<Role>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<Role>());
    }
}
