use application_identity::ports::AccessTokens;
use application_identity::{ConfirmSignUp, IdentityError, LogIn, RequestSignUp, TokenPair};
use application_kernel::Clock;
use domain_identity::{Email, Password, PersonName, RefreshToken};
use domain_kernel::{Role, hours};

use crate::stand_ins::{House, PlainTokens};

const ASHA: &str = "asha@example.org";

async fn log_in(house: &House, email: &str, password: &str) -> Result<TokenPair, IdentityError> {
    house.identity.log_in(LogIn { email: email.into(), password: Password::typed(password.into()) }).await
}

async fn confirm(house: &House, code: &str) -> Result<(), IdentityError> {
    let cmd = ConfirmSignUp { email: Email::parse(ASHA).unwrap(), code: code.into() };
    house.identity.confirm(cmd).await.map(|_| ())
}

#[tokio::test]
async fn a_person_signs_up_confirms_logs_in_goes_on_and_logs_out() {
    let house = House::new();
    house.sign_up(ASHA, Role::Student).await;
    assert!(matches!(log_in(&house, ASHA, "correct horse").await, Err(IdentityError::InvalidCredentials)));

    let me = house.person(ASHA, Role::Student).await;
    assert_eq!((me.email.as_str(), me.role.as_str(), me.zone.as_str()), (ASHA, "STUDENT", "Asia/Kolkata"));

    let first = log_in(&house, "Asha@Example.org", "correct horse").await.unwrap();
    assert_eq!((first.token_type.as_str(), first.expires_in), ("Bearer", 900));
    let caller = PlainTokens.verify(&first.access_token, house.clock.now()).unwrap();
    assert_eq!(house.identity.me(&caller).await.unwrap(), me);

    let second = house.identity.refresh(&first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    house.identity.log_out(&second.refresh_token).await.unwrap();
    house.identity.log_out(&second.refresh_token).await.unwrap();
    house.identity.log_out("unknown").await.unwrap();
    let over = house.identity.refresh(&second.refresh_token).await;
    assert!(matches!(over, Err(IdentityError::RefreshInvalid)));
    assert_eq!(house.audited().await, ["account.confirm", "log_in", "log_out"]);
}

#[tokio::test]
async fn a_reused_refresh_token_ends_the_whole_log_in_and_no_other() {
    let house = House::new();
    house.person(ASHA, Role::Student).await;
    let other = log_in(&house, ASHA, "correct horse").await.unwrap();
    let first = log_in(&house, ASHA, "correct horse").await.unwrap();
    let second = house.identity.refresh(&first.refresh_token).await.unwrap();

    let reused = house.identity.refresh(&first.refresh_token).await;
    assert!(matches!(reused, Err(IdentityError::RefreshReused)));
    for token in [&first, &second] {
        let dead = house.identity.refresh(&token.refresh_token).await;
        assert!(matches!(dead, Err(IdentityError::RefreshInvalid)));
    }
    assert!(house.identity.refresh(&other.refresh_token).await.is_ok());
    assert_eq!(house.audited().await.last(), Some(&"refresh.reused"));
}

#[tokio::test]
async fn an_unused_refresh_token_lapses() {
    let house = House::new();
    house.person(ASHA, Role::Student).await;
    let pair = log_in(&house, ASHA, "correct horse").await.unwrap();
    house.clock.advance(RefreshToken::LIFETIME);
    let lapsed = house.identity.refresh(&pair.refresh_token).await;
    assert!(matches!(lapsed, Err(IdentityError::RefreshInvalid)));
}

#[tokio::test]
async fn a_taken_over_password_counts_once_and_is_hashed_anew() {
    let house = House::new();
    let me = house.person(ASHA, Role::Mentor).await;
    let hash = async |set: Option<String>| {
        let mut state = house.store.state().await;
        let user = state.users.values_mut().find(|user| user.email == me.email).unwrap();
        if set.is_some() {
            user.password = set;
        }
        user.password.clone().unwrap()
    };
    hash(Some(bcrypt::hash("battery staple", 4).unwrap())).await;

    assert!(matches!(log_in(&house, ASHA, "correct horse").await, Err(IdentityError::InvalidCredentials)));
    assert!(hash(None).await.starts_with("$2b$"));
    log_in(&house, ASHA, "battery staple").await.unwrap();
    let rehashed = hash(None).await;
    assert!(rehashed.starts_with("$argon2id$"), "{rehashed}");
    log_in(&house, ASHA, "battery staple").await.unwrap();
    assert_eq!(hash(None).await, rehashed);
}

#[tokio::test]
async fn without_a_password_or_an_account_nobody_logs_in() {
    let house = House::new();
    house.person(ASHA, Role::Student).await;
    for user in house.store.state().await.users.values_mut() {
        user.password = None;
    }
    for (address, password) in [(ASHA, ""), (ASHA, "correct horse"), ("", "correct horse"), ("a\0@b.c", "\0")]
    {
        assert!(matches!(log_in(&house, address, password).await, Err(IdentityError::InvalidCredentials)));
    }
}

#[tokio::test]
async fn of_two_addresses_that_differ_in_case_the_exact_one_is_meant() {
    let house = House::new();
    let me = house.person(ASHA, Role::Student).await;
    {
        let mut state = house.store.state().await;
        let mut twin = state.users.values().next().unwrap().clone();
        twin.email = "ASHA@example.org".into();
        twin.created_at = twin.created_at.minus(hours(1));
        state.users.insert(domain_kernel::UserId::parse("cku1").unwrap(), twin);
    }
    for (typed, id) in [(ASHA, me.id.as_str()), ("ASHA@example.org", "cku1"), ("asha@EXAMPLE.org", "cku1")] {
        let pair = log_in(&house, typed, "correct horse").await.unwrap();
        assert!(pair.access_token.starts_with(id), "{typed}: {}", pair.access_token);
    }
}

#[tokio::test]
async fn five_wrong_codes_end_a_sign_up_for_good() {
    let house = House::new();
    house.sign_up(ASHA, Role::Student).await;
    for _ in 0..5 {
        assert!(matches!(confirm(&house, "99999999").await, Err(IdentityError::InvalidCode)));
    }
    assert!(
        matches!(confirm(&house, "00000000").await, Err(IdentityError::InvalidCode)),
        "the right code comes too late"
    );
}

#[tokio::test]
async fn a_code_lapses_after_a_day() {
    let house = House::new();
    house.sign_up(ASHA, Role::Student).await;
    house.clock.advance(hours(24));
    assert!(matches!(confirm(&house, "00000000").await, Err(IdentityError::InvalidCode)));
}

#[tokio::test]
async fn whoever_confirms_first_owns_the_address_with_their_own_password() {
    let house = House::new();
    let email = Email::parse(ASHA).unwrap();
    let stranger = RequestSignUp {
        email: email.clone(),
        name: PersonName::parse("Stranger").unwrap(),
        role: Role::Mentor,
        password: Password::choose("stranger's own", &email).unwrap(),
    };
    house.identity.sign_up(stranger).await.unwrap();
    let me = house.person(ASHA, Role::Student).await;
    assert_eq!((me.name.as_str(), me.role.as_str()), ("Asha Devi Verma", "STUDENT"));
    assert!(log_in(&house, ASHA, "stranger's own").await.is_err());
    assert!(log_in(&house, ASHA, "correct horse").await.is_ok());
    assert!(matches!(confirm(&house, "00000000").await, Err(IdentityError::InvalidCode)));
}

#[tokio::test]
async fn a_taken_address_gets_a_mail_without_a_code_and_the_account_stays() {
    let house = House::new();
    house.person(ASHA, Role::Student).await;
    house.sign_up(ASHA, Role::Mentor).await;
    let mails = house.mails(ASHA).await;
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("has an account already") && !mails[1].text.contains("code is"));
    // Even the code that was mailed to nobody makes nothing: it is the third number that was given out.
    let codes = (0..20).map(|n| format!("{n:08}"));
    for code in codes {
        assert!(confirm(&house, &code).await.is_err());
    }
    assert_eq!(house.store.state().await.users.len(), 1);
}
