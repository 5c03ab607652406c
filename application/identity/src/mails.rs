//! The mails of signing up. They hold nothing that the stranger who signed up could have written.

use application_kernel::Mail;
use domain_identity::Email;

/// The code for a new address.
pub(crate) fn code(to: &Email, code: &str) -> Mail {
    Mail {
        to: to.to_string(),
        subject: "Your CareerNav code".into(),
        text: format!(
            "Hello,\n\nyour code is {code}. It is good for 24 hours.\n\nIf you did not sign up, ignore this mail: \
             without the code nothing happens.\n\nCareerNav"
        ),
    }
}

/// The answer to an address that has an account.
pub(crate) fn taken(to: &Email) -> Mail {
    Mail {
        to: to.to_string(),
        subject: "You have a CareerNav account".into(),
        text: "Hello,\n\nsomebody signed up with your address, which has an account already. If it was you, log in \
               instead. If it was not, ignore this mail: nothing has changed.\n\nCareerNav"
            .into(),
    }
}
