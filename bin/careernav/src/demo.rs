//! Demo people, made through the same use cases as real ones.

use anyhow::{Context, Result};
use application_catalog::Seeded;
use application_identity::{ConfirmSignUp, RequestSignUp};
use application_kernel::{Mailbox, Tally};
use domain_identity::{Email, Password, PersonName};
use domain_kernel::{Labelled, Role, UserId};

use crate::compose::Parts;
use crate::place::Place;

/// The password of all demo people. They exist in demo mode only.
pub(crate) const PASSWORD: &str = "learning together";

/// Who they are: address, name, role.
pub(crate) const PEOPLE: [(&str, &str, Role); 4] = [
    ("asha@demo.careernav.example", "Asha Verma", Role::Student),
    ("arjun@demo.careernav.example", "Arjun Nair", Role::Student),
    ("ravi@demo.careernav.example", "Ravi Kumar", Role::Mentor),
    ("meera@demo.careernav.example", "Meera Iyer", Role::Mentor),
];

/// Makes the people and the catalog that are missing; answers what became of it, in words.
pub(crate) async fn seed(parts: &Parts) -> Result<String> {
    let mut people = Tally::default();
    let mut mentors = Vec::new();
    for (address, name, role) in PEOPLE {
        let known = parts.accounts.account(address).await?;
        people.count(known.is_none());
        let id = match known {
            Some(account) => account.id,
            None => sign_up(parts, address, name, role).await?,
        };
        if role == Role::Mentor {
            mentors.push(id);
        }
    }
    let Seeded { courses, plans, mentors, verifications } = parts.seed.demo(&mentors).await?;
    Ok(format!(
        "people: {people}; courses: {courses}; plans: {plans}; mentor profiles: {mentors}; verifications: {verifications}"
    ))
}

async fn sign_up(parts: &Parts, address: &str, name: &str, role: Role) -> Result<UserId> {
    let email = Email::parse(address)?;
    let password = Password::choose(PASSWORD, &email)?;
    let name = PersonName::parse(name)?;
    parts.api.identity.sign_up(RequestSignUp { email: email.clone(), name, role, password }).await?;
    // The code comes by mail, as it does to everybody.
    parts.worker.drain().await?;
    let mails = parts.mailbox.read(Some(address));
    let text = mails.first().map(|mail| mail.text.as_str()).context("no mail came for a demo account")?;
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 8);
    let code = code.context("the mail to a demo account holds no code")?.to_owned();
    let me = parts.api.identity.confirm(ConfirmSignUp { email, code }).await?;
    Ok(UserId::parse(me.id)?)
}

/// What `up` prints when everything is served.
pub(crate) fn greeting(address: &str, place: &Place, seeded: &str) -> String {
    let database = match place {
        Place::Given { .. } => "the database of DATABASE_URL".to_owned(),
        Place::Private { cluster, moved } => {
            let why = moved.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            format!("a private PostgreSQL in {}{why}", cluster.folder().display())
        }
        Place::Nowhere => {
            "MEMORY ONLY: no PostgreSQL was found, so nothing is kept when this stops".to_owned()
        }
    };
    let mut lines = vec![
        String::new(),
        format!("CareerNav serves on {address}"),
        String::new(),
        format!("  data       {database}"),
    ];
    if !seeded.is_empty() {
        lines.push(format!("  demo data  {seeded}"));
    }
    for (name, path) in [
        ("reader", "/docs"),
        ("document", "/openapi.json"),
        ("live", "/health/live"),
        ("ready", "/health/ready"),
    ] {
        lines.push(format!("  {name:<9}  {address}{path}"));
    }
    if !seeded.is_empty() {
        lines.extend([String::new(), format!("Demo accounts, password \"{PASSWORD}\":")]);
        lines
            .extend(PEOPLE.map(|(email, name, role)| {
                format!("  {email:<30} {name} ({})", role.label().to_lowercase())
            }));
        let [(student, _, _), ..] = PEOPLE;
        lines.extend([
            String::new(),
            "Try:".to_owned(),
            format!("  curl -s {address}/api/v1/tokens -H 'Content-Type: application/json' \\"),
            format!("    -d '{{\"email\":\"{student}\",\"password\":\"{PASSWORD}\"}}'"),
        ]);
    }
    lines.extend([String::new(), "Ctrl-C stops all of it.".to_owned(), String::new()]);
    lines.join("\n")
}
