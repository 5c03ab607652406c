use domain_kernel::{DomainEvent, Fact, IllegalTransition, Lifecycle, Role, RoleStep, Timestamp, UserId};

/// How a person stands with the house: what they are, and whether they may come in. Operators
/// decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whose it is.
    pub user: UserId,
    /// What they are.
    pub role: Role,
    /// Why they may not come in, if so.
    pub suspension: Option<Suspension>,
    /// The version of their tokens; older ones are revoked.
    pub token_version: i32,
}

/// Since when, and why, somebody may not come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Since when.
    pub at: Timestamp,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// What binds a person to their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Obligations {
    /// A session of theirs, on either side, is not over.
    pub live_session: bool,
    /// Money is on its way back to them.
    pub refund_in_flight: bool,
    /// As a mentor, money is payable to them or in transit, or they owe some.
    pub money_open: bool,
}

/// Why a role stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleBound {
    /// A session is not over.
    #[error("a session of theirs is not over")]
    LiveSession,
    /// Money is on its way back.
    #[error("a refund to them is in flight")]
    RefundInFlight,
    /// A mentor's money is not settled.
    #[error("money is payable to them, in transit, or owed by them")]
    MoneyOpen,
    /// The role does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// What an operator has decided about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandingEvent {
    /// They may not come in any more.
    Suspended(UserId, Role),
    /// They may come in again.
    Reinstated(UserId, Role),
    /// They are something else now.
    RoleChanged(UserId, Role),
}

impl Standing {
    /// Shuts the person out and ends all their log-ins. Nothing changes if it stands already.
    pub fn suspend(&mut self, reason: String, now: Timestamp) -> Vec<StandingEvent> {
        if self.suspension.is_some() {
            return vec![];
        }
        self.suspension = Some(Suspension { at: now, reason });
        self.token_version += 1;
        vec![StandingEvent::Suspended(self.user.clone(), self.role)]
    }

    /// Lets the person in again. Nothing changes if they may come in.
    pub fn reinstate(&mut self) -> Vec<StandingEvent> {
        if self.suspension.take().is_none() {
            return vec![];
        }
        vec![StandingEvent::Reinstated(self.user.clone(), self.role)]
    }

    /// Makes the person something else and ends all their log-ins. Nothing changes if they are it
    /// already.
    pub fn change_role(&mut self, to: Role, bound: Obligations) -> Result<Vec<StandingEvent>, RoleBound> {
        if self.role == to {
            return Ok(vec![]);
        }
        let Obligations { live_session, refund_in_flight, money_open } = bound;
        if live_session {
            return Err(RoleBound::LiveSession);
        }
        if refund_in_flight {
            return Err(RoleBound::RefundInFlight);
        }
        if money_open && self.role == Role::Mentor {
            return Err(RoleBound::MoneyOpen);
        }
        self.role = self.role.on(match to {
            Role::Student => RoleStep::BecomeStudent,
            Role::Mentor => RoleStep::BecomeMentor,
        })?;
        self.token_version += 1;
        Ok(vec![StandingEvent::RoleChanged(self.user.clone(), to)])
    }
}

impl StandingEvent {
    fn parts(&self) -> (&UserId, Role) {
        match self {
            Self::Suspended(user, role) | Self::Reinstated(user, role) | Self::RoleChanged(user, role) => {
                (user, *role)
            }
        }
    }
}

impl DomainEvent for StandingEvent {
    fn kind(&self) -> &'static str {
        match self {
            Self::Suspended(..) => "person_suspended",
            Self::Reinstated(..) => "person_reinstated",
            Self::RoleChanged(..) => "person_role_changed",
        }
    }

    fn subject(&self) -> String {
        self.parts().0.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("role", self.parts().1.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(role: Role) -> Standing {
        Standing { user: UserId::parse("u").unwrap(), role, suspension: None, token_version: 4 }
    }

    #[test]
    fn a_suspension_ends_the_log_ins_once() {
        let mut person = standing(Role::Mentor);
        let events = person.suspend("fraud".into(), Timestamp::EPOCH);
        assert_eq!((events.len(), person.token_version), (1, 5));
        assert_eq!(person.suspend("again".into(), Timestamp::EPOCH), vec![]);
        assert_eq!(person.suspension.clone().map(|s| s.reason).as_deref(), Some("fraud"));
        assert_eq!(person.reinstate().len(), 1);
        assert_eq!((person.reinstate(), person.token_version), (vec![], 5));
    }

    #[test]
    fn a_role_changes_only_when_nothing_binds_to_it() {
        let none = Obligations::default();
        let live = Obligations { live_session: true, ..none };
        let refund = Obligations { refund_in_flight: true, ..none };
        let money = Obligations { money_open: true, ..none };
        for (from, bound, refused) in [
            (Role::Student, live, Some(RoleBound::LiveSession)),
            (Role::Student, refund, Some(RoleBound::RefundInFlight)),
            (Role::Student, money, None),
            (Role::Mentor, live, Some(RoleBound::LiveSession)),
            (Role::Mentor, refund, Some(RoleBound::RefundInFlight)),
            (Role::Mentor, money, Some(RoleBound::MoneyOpen)),
            (Role::Mentor, none, None),
        ] {
            let to = if from == Role::Student { Role::Mentor } else { Role::Student };
            let mut person = standing(from);
            assert_eq!(person.change_role(to, bound).err(), refused, "{from} {bound:?}");
            let after = if refused.is_none() { (to, 5) } else { (from, 4) };
            assert_eq!((person.role, person.token_version), after);
        }
    }

    #[test]
    fn becoming_what_one_is_changes_nothing() {
        let mut person = standing(Role::Student);
        let bound = Obligations { live_session: true, ..Obligations::default() };
        assert_eq!(person.change_role(Role::Student, bound), Ok(vec![]));
        assert_eq!(person.token_version, 4);
    }
}
