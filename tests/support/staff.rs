//! Operators for tests, made through the services.

use std::collections::BTreeSet;

use application_kernel::{CurrentOperator, Permission};
use application_operations::ports::OperatorAccess;
use application_operations::{AddOperator, Enrolment, OperatorLogIn};
use domain_identity::{Email, Password};
use domain_kernel::UserId;

use super::world::{PASSWORD, World};

/// Somebody of the staff, and what they keep.
pub struct Staff {
    pub email: String,
    pub enrolment: Enrolment,
}

impl Staff {
    /// An operator `name@staff.example.org` with these permissions.
    pub async fn join(world: &World, name: &str, permissions: &[Permission]) -> Self {
        Self::join_as(world, name, permissions, None).await
    }

    /// The same, who is also that student or mentor.
    pub async fn join_as(
        world: &World,
        name: &str,
        permissions: &[Permission],
        user: Option<&UserId>,
    ) -> Self {
        let email = format!("{name}@staff.example.org");
        let command = AddOperator {
            email: Email::parse(&email).unwrap(),
            password: Password::typed(PASSWORD.into()),
            permissions: permissions.iter().copied().collect::<BTreeSet<_>>(),
            user: user.cloned(),
        };
        let enrolment = world.operators.add(command).await.unwrap();
        Self { email, enrolment }
    }

    /// The code that the operator's authenticator shows now.
    pub fn code(&self, world: &World) -> String {
        self.enrolment.secret.code_at(world.now()).unwrap()
    }

    pub fn with_code(&self, code: &str) -> OperatorLogIn {
        let password = Password::typed(PASSWORD.into());
        OperatorLogIn { email: self.email.clone(), password, code: code.to_owned() }
    }

    /// Logs in with the authenticator; answers the access token.
    pub async fn log_in(&self, world: &World) -> String {
        world.operators.log_in(self.with_code(&self.code(world))).await.unwrap().access_token
    }

    /// The operator as a logged-in caller.
    pub async fn caller(&self, world: &World) -> CurrentOperator {
        OperatorAccess::verify(&*world.tokens, &self.log_in(world).await, world.now()).unwrap()
    }
}
