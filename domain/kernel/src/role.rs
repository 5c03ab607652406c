use crate::{IllegalTransition, Lifecycle, UserId, labelled};

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

/// What still hangs on the role that a person has, as the other rows say. Amounts are minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleTies {
    /// Sessions that are neither final nor refused, on either side.
    pub live_sessions: u64,
    /// Refunds of the person's sessions that are not settled yet.
    pub refunds_in_flight: u64,
    /// What the platform owes the mentor: earned, not released.
    pub payable_minor: i64,
    /// What is on its way to the mentor's bank.
    pub in_transit_minor: i64,
    /// What the mentor owes the platform.
    pub receivable_minor: i64,
}

labelled! {
    /// What keeps a person in their role.
    pub enum RoleTie {
        /// A session goes on.
        LiveSession = "live_session",
        /// A refund is not settled.
        RefundInFlight = "refund_in_flight",
        /// The mentor is still to be paid.
        Payable = "payable",
        /// A payout is on its way.
        InTransit = "in_transit",
        /// The mentor owes something.
        Receivable = "receivable",
    }
}

/// Why a role stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefused {
    /// The operator's own account is the one to change.
    #[error("nobody changes their own role")]
    Oneself,
    /// All that hangs on the role, so that the operator sees at once what is to be settled first.
    #[error("something still hangs on the role: {}", labels(.0))]
    Tied(Vec<RoleTie>),
    /// The role does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

impl Role {
    /// An operator gives a person this role or the other. `by` is the operator's own account as a
    /// person, if there is one. Nothing where the person has the role already; otherwise the new
    /// role, and every token of the person is to be revoked.
    ///
    /// That the operator may do so at all (permission `users`) is for the operators' rules to say.
    pub fn change(
        self,
        to: Self,
        of: &UserId,
        by: Option<&UserId>,
        ties: RoleTies,
    ) -> Result<Option<Self>, RoleRefused> {
        if by == Some(of) {
            return Err(RoleRefused::Oneself);
        }
        if self == to {
            return Ok(None);
        }
        let changed = self.on(match to {
            Self::Student => RoleStep::BecomeStudent,
            Self::Mentor => RoleStep::BecomeMentor,
        })?;
        let ties = self.binding(ties);
        if ties.is_empty() { Ok(Some(changed)) } else { Err(RoleRefused::Tied(ties)) }
    }

    /// Which of the ties keep somebody in this role: a mentor's money is theirs as a mentor only.
    fn binding(self, ties: RoleTies) -> Vec<RoleTie> {
        let RoleTies { live_sessions, refunds_in_flight, payable_minor, in_transit_minor, receivable_minor } =
            ties;
        let is_mentor = self == Self::Mentor;
        [
            (live_sessions > 0, RoleTie::LiveSession),
            (refunds_in_flight > 0, RoleTie::RefundInFlight),
            (is_mentor && payable_minor != 0, RoleTie::Payable),
            (is_mentor && in_transit_minor != 0, RoleTie::InTransit),
            (is_mentor && receivable_minor != 0, RoleTie::Receivable),
        ]
        .into_iter()
        .filter_map(|(binds, tie)| binds.then_some(tie))
        .collect()
    }
}

fn labels(ties: &[RoleTie]) -> String {
    ties.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broken_laws, matrix};

    /// Another's role, changed by an operator with an account of their own.
    fn change(from: Role, to: Role, ties: RoleTies) -> Result<Option<Role>, RoleRefused> {
        from.change(to, &id("person"), Some(&id("operator")), ties)
    }

    fn id(text: &str) -> UserId {
        UserId::parse(text).unwrap()
    }

    fn free() -> RoleTies {
        RoleTies::default()
    }

    fn tied(tie: RoleTie) -> Result<Option<Role>, RoleRefused> {
        Err(RoleRefused::Tied(vec![tie]))
    }

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<Role>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<Role>());
    }

    #[test]
    fn an_operator_makes_a_free_student_a_mentor_and_a_free_mentor_a_student() {
        assert_eq!(change(Role::Student, Role::Mentor, free()), Ok(Some(Role::Mentor)));
        assert_eq!(change(Role::Mentor, Role::Student, free()), Ok(Some(Role::Student)));
    }

    #[test]
    fn an_operator_without_an_account_as_a_person_may_change_anybody() {
        assert_eq!(Role::Student.change(Role::Mentor, &id("person"), None, free()), Ok(Some(Role::Mentor)));
    }

    #[test]
    fn nobody_changes_their_own_role() {
        for (from, to) in [(Role::Student, Role::Mentor), (Role::Mentor, Role::Student)] {
            let refused = from.change(to, &id("person"), Some(&id("person")), free());
            assert_eq!(refused, Err(RoleRefused::Oneself));
        }
    }

    #[test]
    fn a_live_session_keeps_a_student_and_a_mentor_in_their_roles() {
        let ties = RoleTies { live_sessions: 1, ..free() };
        assert_eq!(change(Role::Student, Role::Mentor, ties), tied(RoleTie::LiveSession));
        assert_eq!(change(Role::Mentor, Role::Student, ties), tied(RoleTie::LiveSession));
    }

    #[test]
    fn a_refund_in_flight_keeps_a_student_and_a_mentor_in_their_roles() {
        let ties = RoleTies { refunds_in_flight: 1, ..free() };
        assert_eq!(change(Role::Student, Role::Mentor, ties), tied(RoleTie::RefundInFlight));
        assert_eq!(change(Role::Mentor, Role::Student, ties), tied(RoleTie::RefundInFlight));
    }

    #[test]
    fn a_mentor_who_is_still_to_be_paid_stays_a_mentor() {
        let ties = RoleTies { payable_minor: 1, ..free() };
        assert_eq!(change(Role::Mentor, Role::Student, ties), tied(RoleTie::Payable));
    }

    #[test]
    fn a_mentor_whose_payout_is_on_its_way_stays_a_mentor() {
        let ties = RoleTies { in_transit_minor: 1, ..free() };
        assert_eq!(change(Role::Mentor, Role::Student, ties), tied(RoleTie::InTransit));
    }

    #[test]
    fn a_mentor_who_owes_something_stays_a_mentor() {
        let ties = RoleTies { receivable_minor: 1, ..free() };
        assert_eq!(change(Role::Mentor, Role::Student, ties), tied(RoleTie::Receivable));
    }

    #[test]
    fn a_student_is_not_asked_for_a_mentors_money() {
        let ties = RoleTies { payable_minor: 1, in_transit_minor: 1, receivable_minor: 1, ..free() };
        assert_eq!(change(Role::Student, Role::Mentor, ties), Ok(Some(Role::Mentor)));
    }

    #[test]
    fn all_ties_are_named_at_once() {
        let ties = RoleTies {
            live_sessions: 2,
            refunds_in_flight: 1,
            payable_minor: 5,
            in_transit_minor: 5,
            receivable_minor: 5,
        };
        let refused = change(Role::Mentor, Role::Student, ties).unwrap_err();
        assert_eq!(refused, RoleRefused::Tied(<RoleTie as crate::Labelled>::ALL.to_vec()));
        assert!(
            refused.to_string().ends_with("live_session, refund_in_flight, payable, in_transit, receivable")
        );
    }

    #[test]
    fn the_role_that_a_person_has_is_no_change() {
        let ties = RoleTies { live_sessions: 1, ..free() };
        assert_eq!(change(Role::Mentor, Role::Mentor, ties), Ok(None));
    }
}
