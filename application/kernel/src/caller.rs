use std::collections::BTreeSet;

use domain_kernel::{Labelled, OperatorId, Role, Timestamp, UserId, labelled};

use crate::{Code, MeansCode};

crate::codes! {
    PERMISSION_MISSING = Forbidden "permission_missing": "Your operator account lacks the permission that this needs; `security` in the OpenAPI document names it.";
    OWN_AFFAIR = Forbidden "own_affair": "Nobody decides about their own account, role or money. Another operator has to.";
}

/// The person whose access token came with the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// Who it is.
    pub id: UserId,
    /// The role that the token was issued for.
    pub role: Role,
    /// The version of the person's tokens; a write checks that it is still the current one.
    pub token_version: i32,
}

labelled! {
    /// What an operator may be allowed to do. None of them contains another.
    pub enum Permission {
        /// Release payouts, hold them, take them back.
        Payouts = "payouts",
        /// Refund, and decide what a refund that failed becomes.
        Refunds = "refunds",
        /// Answer disputes and no-show reports.
        Disputes = "disputes",
        /// Look after people: find, suspend, change roles; read who did what.
        Users = "users",
        /// Look after courses, plans and questions.
        Content = "content",
        /// Look into the machine: the studio, and jobs that were given up.
        Studio = "studio",
    }
}

/// The operator whose access token came with the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentOperator {
    /// Who it is.
    pub id: OperatorId,
    /// What the token permits.
    pub permissions: BTreeSet<Permission>,
    /// The operator's own account as a student or mentor, if there is one.
    pub user: Option<UserId>,
    /// The version of the operator's tokens; a write checks that it is still the current one.
    pub token_version: i32,
}

/// Why an operator may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OperatorRefused {
    /// It takes a permission that the operator does not hold.
    #[error("this needs the permission {0}")]
    PermissionMissing(Permission),
    /// It concerns the operator's own account as a student or mentor.
    #[error("nobody decides about their own affairs")]
    OwnAffair,
}

impl MeansCode for OperatorRefused {
    fn code(&self) -> Code {
        match self {
            Self::PermissionMissing(_) => PERMISSION_MISSING,
            Self::OwnAffair => OWN_AFFAIR,
        }
    }
}

impl CurrentOperator {
    /// Whether the operator holds the permission.
    pub fn may(&self, permission: Permission) -> Result<(), OperatorRefused> {
        let holds = self.permissions.contains(&permission);
        holds.then_some(()).ok_or(OperatorRefused::PermissionMissing(permission))
    }

    /// Whether the operator may decide about this person, or this person's money: about everybody but themselves.
    pub fn decides_about(&self, person: &UserId) -> Result<(), OperatorRefused> {
        let is_own = self.user.as_ref() == Some(person);
        (!is_own).then_some(()).ok_or(OperatorRefused::OwnAffair)
    }
}

/// Whoever does something, by key: a person or an operator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A student or mentor.
    User(UserId),
    /// Somebody of the staff.
    Operator(OperatorId),
}

impl Actor {
    /// The kind of account: `user` or `operator`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Operator(_) => "operator",
        }
    }

    /// The account's key.
    pub fn key(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Operator(id) => id.as_str(),
        }
    }

    /// The actor of that kind with that key, if there can be one.
    pub fn parse(kind: &str, key: &str) -> Option<Self> {
        match kind {
            "user" => UserId::parse(key).ok().map(Self::User),
            "operator" => OperatorId::parse(key).ok().map(Self::Operator),
            _ => None,
        }
    }
}

impl From<UserId> for Actor {
    fn from(id: UserId) -> Self {
        Self::User(id)
    }
}

impl From<OperatorId> for Actor {
    fn from(id: OperatorId) -> Self {
        Self::Operator(id)
    }
}

/// Who sends a request, whatever the kind of account.
pub trait Caller: Send + Sync {
    /// Who it is.
    fn actor(&self) -> Actor;
    /// The version of the tokens that came with the request.
    fn token_version(&self) -> i32;
}

impl Caller for CurrentUser {
    fn actor(&self) -> Actor {
        Actor::User(self.id.clone())
    }

    fn token_version(&self) -> i32 {
        self.token_version
    }
}

impl Caller for CurrentOperator {
    fn actor(&self) -> Actor {
        Actor::Operator(self.id.clone())
    }

    fn token_version(&self) -> i32 {
        self.token_version
    }
}

/// From whose side, and when, a view is read: it decides the names and actions that are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who looks.
    pub user: UserId,
    /// When.
    pub now: Timestamp,
}

/// Permissions as they are written in tokens and views.
pub fn permission_labels(permissions: &BTreeSet<Permission>) -> Vec<String> {
    permissions.iter().map(|permission| permission.label().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(user: Option<&str>) -> CurrentOperator {
        CurrentOperator {
            id: OperatorId::parse("op").unwrap(),
            permissions: BTreeSet::from([Permission::Users]),
            user: user.map(|id| UserId::parse(id).unwrap()),
            token_version: 0,
        }
    }

    #[test]
    fn a_permission_is_needed_by_its_name_and_no_other_stands_in_for_it() {
        assert_eq!(operator(None).may(Permission::Users), Ok(()));
        for other in Permission::ALL.iter().filter(|other| **other != Permission::Users) {
            assert_eq!(operator(None).may(*other), Err(OperatorRefused::PermissionMissing(*other)));
        }
    }

    #[test]
    fn nobody_decides_about_themselves() {
        let (asha, ravi) = (UserId::parse("asha").unwrap(), UserId::parse("ravi").unwrap());
        assert_eq!(operator(Some("asha")).decides_about(&asha), Err(OperatorRefused::OwnAffair));
        assert_eq!(operator(Some("asha")).decides_about(&ravi), Ok(()));
        assert_eq!(operator(None).decides_about(&asha), Ok(()));
    }

    #[test]
    fn an_actor_is_read_as_it_was_written() {
        for actor in
            [Actor::User(UserId::parse("u").unwrap()), Actor::Operator(OperatorId::parse("o").unwrap())]
        {
            assert_eq!(Actor::parse(actor.kind(), actor.key()), Some(actor));
        }
        assert_eq!(Actor::parse("robot", "r"), None);
    }
}
