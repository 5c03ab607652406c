//! Who demo people are, and how they came.

use std::sync::Arc;

use adapter_mail::LogMailer;
use anyhow::{Context, Result};
use application_identity::{ConfirmSignUp, Identity, RequestSignUp};
use application_kernel::{CurrentUser, MailHandler, Mailbox, SEND_MAIL, Worker, WorkerPace};
use domain_identity::{Email, Password, PersonName};
use domain_kernel::{Role, Timestamp};

use super::past::Past;
use crate::ambient::{PastClock, SystemIds};
use crate::compose::Parts;

/// The password of all demo people. They exist in demo mode only.
pub(crate) const PASSWORD: &str = "learning together";

/// Who they are: address, name, role.
pub(crate) const PEOPLE: [(&str, &str, Role); 7] = [
    ("asha@demo.careernav.example", "Asha Verma", Role::Student),
    ("arjun@demo.careernav.example", "Arjun Nair", Role::Student),
    ("priya@demo.careernav.example", "Priya Das", Role::Student),
    ("kabir@demo.careernav.example", "Kabir Singh", Role::Student),
    ("ravi@demo.careernav.example", "Ravi Kumar", Role::Mentor),
    ("meera@demo.careernav.example", "Meera Iyer", Role::Mentor),
    ("dev@demo.careernav.example", "Dev Malhotra", Role::Mentor),
];

/// The person, and whether they were there already; somebody new signs up at that time.
pub(super) async fn come(
    parts: &Parts,
    (address, name, role): (&str, &str, Role),
    at: Timestamp,
) -> Result<(CurrentUser, bool)> {
    if let Some(known) = find(parts, address).await? {
        return Ok((known, true));
    }
    let signed_up = sign_up(parts, address, name, role, at).await;
    match (find(parts, address).await?, signed_up) {
        (Some(person), Ok(())) => Ok((person, false)),
        // Another process was quicker.
        (Some(person), Err(_)) => Ok((person, true)),
        (None, signed_up) => {
            signed_up?;
            anyhow::bail!("the demo account {address} was made and is not there")
        }
    }
}

async fn find(parts: &Parts, address: &str) -> Result<Option<CurrentUser>> {
    let found = parts.accounts.account(address).await?;
    Ok(found.map(|account| CurrentUser {
        id: account.id,
        role: account.role,
        token_version: account.token_version,
    }))
}

async fn sign_up(parts: &Parts, address: &str, name: &str, role: Role, at: Timestamp) -> Result<()> {
    let stage = parts.stage.as_ref().context("demo people exist in demo mode only")?;
    let (clock, ids) = (Arc::new(PastClock::at(at)), Arc::new(SystemIds));
    let past = Arc::new(Past::alone(stage.store.clone()));
    let mailbox = Arc::new(LogMailer::new(clock.clone()));
    let worker =
        Worker::new("demo".to_owned(), Arc::new(past.aside().clone()), clock.clone(), WorkerPace::default())
            .handling(SEND_MAIL, Arc::new(MailHandler::new(mailbox.clone())));
    let (accounts, tokens) = (parts.accounts.clone(), parts.api.tokens.clone());
    let identity = Identity::new(past, accounts, tokens, stage.passwords.clone(), clock, ids);
    let email = Email::parse(address)?;
    let password = Password::choose(PASSWORD, &email)?;
    let name = PersonName::parse(name)?;
    identity.sign_up(RequestSignUp { email: email.clone(), name, role, password }).await?;
    // The code comes by mail, as it does to everybody.
    worker.drain().await?;
    let mails = mailbox.read(Some(address));
    let text = mails.first().map(|mail| mail.text.as_str()).context("no mail came for a demo account")?;
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 8);
    let code = code.context("the mail to a demo account holds no code")?.to_owned();
    identity.confirm(ConfirmSignUp { email, code }).await?;
    Ok(())
}
