//! Signing up, confirming, logging in and out.

use application_identity::ports::AccessTokens;
use application_identity::{ConfirmSignUp, LogIn, RequestSignUp};
use application_kernel::{MeansCode, transact};
use domain_identity::{Email, Password, PersonName};
use domain_kernel::{Role, days, hours, minutes};

use crate::support::people::person;
use crate::support::stores::Stores;
use crate::support::world::{PASSWORD, World, code_in};

crate::both_stores! {
    a_sign_up_becomes_an_account_with_its_code,
    five_wrong_codes_end_a_sign_up,
    a_code_is_good_for_a_day,
    a_taken_address_gets_a_mail_and_no_second_account,
    a_stranger_cannot_choose_the_password_of_an_address,
    a_log_in_brings_tokens_and_a_wrong_one_does_not_tell_why,
    a_refresh_token_is_exchanged_once_and_reuse_ends_the_log_in,
    logging_out_ends_the_log_in_only,
    a_taken_over_password_is_verified_once_and_hashed_anew,
}

fn asked(name: &str, password: &str) -> RequestSignUp {
    let email = Email::parse(&format!("{name}@example.org")).unwrap();
    let password = Password::choose(password, &email).unwrap();
    RequestSignUp { email, name: PersonName::parse(name).unwrap(), role: Role::Student, password }
}

fn confirm(name: &str, code: &str) -> ConfirmSignUp {
    ConfirmSignUp { email: Email::parse(&format!("{name}@example.org")).unwrap(), code: code.into() }
}

async fn log_in(world: &World, name: &str, password: &str) -> Result<String, &'static str> {
    let cmd = LogIn { email: format!("{name}@example.org"), password: Password::typed(password.into()) };
    world.identity.log_in(cmd).await.map(|pair| pair.refresh_token).map_err(|error| error.code().name)
}

async fn a_sign_up_becomes_an_account_with_its_code(stores: Stores) {
    let world = World::over(stores);
    world.identity.sign_up(asked("asha", PASSWORD)).await.unwrap();
    assert_eq!(log_in(&world, "asha", PASSWORD).await, Err("invalid_credentials"));
    let code = code_in(&world.mails("asha").await[0].text);
    let me = world.identity.confirm(confirm("asha", &code)).await.unwrap();
    assert_eq!((me.email.as_str(), me.role.as_str()), ("asha@example.org", "STUDENT"));
    assert!(log_in(&world, "asha", PASSWORD).await.is_ok());
    let again = world.identity.confirm(confirm("asha", &code)).await.unwrap_err();
    assert_eq!(again.code().name, "sign_up_code_invalid");
}

async fn five_wrong_codes_end_a_sign_up(stores: Stores) {
    let world = World::over(stores);
    world.identity.sign_up(asked("asha", PASSWORD)).await.unwrap();
    let code = code_in(&world.mails("asha").await[0].text);
    let wrong = if code == "00000000" { "11111111" } else { "00000000" };
    for _ in 0..5 {
        let refused = world.identity.confirm(confirm("asha", wrong)).await.unwrap_err();
        assert_eq!(refused.code().name, "sign_up_code_invalid");
    }
    let refused = world.identity.confirm(confirm("asha", &code)).await.unwrap_err();
    assert_eq!(refused.code().name, "sign_up_code_invalid");
    let unknown = world.identity.confirm(confirm("nobody", &code)).await.unwrap_err();
    assert_eq!(unknown.to_string(), refused.to_string(), "an unknown address is answered alike");
}

async fn a_code_is_good_for_a_day(stores: Stores) {
    let world = World::over(stores);
    world.identity.sign_up(asked("asha", PASSWORD)).await.unwrap();
    let code = code_in(&world.mails("asha").await[0].text);
    world.pass(days(1)).await;
    assert!(world.identity.confirm(confirm("asha", &code)).await.is_err());
}

async fn a_taken_address_gets_a_mail_and_no_second_account(stores: Stores) {
    let world = World::over(stores);
    world.sign_up("asha", Role::Student).await;
    let before = world.mails("asha").await.len();
    world.identity.sign_up(asked("asha", "another password")).await.unwrap();
    let mails = world.mails("asha").await;
    assert_eq!(mails.len(), before + 1);
    assert!(!mails[0].text.chars().any(|c| c.is_ascii_digit()), "no code: {}", mails[0].text);
    assert_eq!(log_in(&world, "asha", "another password").await, Err("invalid_credentials"));
}

async fn a_stranger_cannot_choose_the_password_of_an_address(stores: Stores) {
    let world = World::over(stores);
    world.identity.sign_up(asked("asha", "the owner's choice")).await.unwrap();
    let owners_code = code_in(&world.mails("asha").await[0].text);
    world.identity.sign_up(asked("asha", "a stranger's choice")).await.unwrap();
    world.identity.confirm(confirm("asha", &owners_code)).await.unwrap();
    assert!(log_in(&world, "asha", "the owner's choice").await.is_ok());
    assert_eq!(log_in(&world, "asha", "a stranger's choice").await, Err("invalid_credentials"));
}

async fn a_log_in_brings_tokens_and_a_wrong_one_does_not_tell_why(stores: Stores) {
    let world = World::over(stores);
    let asha = world.sign_up("asha", Role::Student).await;
    let pair = world.log_in("asha").await;
    assert_eq!((pair.token_type.as_str(), pair.expires_in), ("Bearer", 900));
    assert_eq!(AccessTokens::verify(&*world.tokens, &pair.access_token, world.now()), Some(asha));
    assert_eq!(AccessTokens::verify(&*world.tokens, &pair.access_token, world.now().plus(minutes(15))), None);
    assert_eq!(log_in(&world, "asha", "a wrong password").await, Err("invalid_credentials"));
    assert_eq!(log_in(&world, "nobody", PASSWORD).await, Err("invalid_credentials"));
}

async fn a_refresh_token_is_exchanged_once_and_reuse_ends_the_log_in(stores: Stores) {
    let world = World::over(stores);
    world.sign_up("asha", Role::Student).await;
    let first = world.log_in("asha").await.refresh_token;
    let other_device = world.log_in("asha").await.refresh_token;
    let second = world.identity.refresh(&first).await.unwrap().refresh_token;
    world.pass(hours(1)).await;
    let reused = world.identity.refresh(&first).await.unwrap_err();
    assert_eq!(reused.code().name, "refresh_token_reused");
    let ended = world.identity.refresh(&second).await.unwrap_err();
    assert_eq!(ended.code().name, "refresh_token_invalid");
    assert!(world.identity.refresh(&other_device).await.is_ok(), "another log-in goes on");
    assert_eq!(world.identity.refresh("unknown").await.unwrap_err().code().name, "refresh_token_invalid");
}

async fn logging_out_ends_the_log_in_only(stores: Stores) {
    let world = World::over(stores);
    world.sign_up("asha", Role::Student).await;
    let here = world.log_in("asha").await.refresh_token;
    let there = world.log_in("asha").await.refresh_token;
    world.identity.log_out(&here).await.unwrap();
    world.identity.log_out(&here).await.unwrap();
    world.identity.log_out("unknown").await.unwrap();
    assert_eq!(world.identity.refresh(&here).await.unwrap_err().code().name, "refresh_token_invalid");
    assert!(world.identity.refresh(&there).await.is_ok());
}

async fn a_taken_over_password_is_verified_once_and_hashed_anew(stores: Stores) {
    let world = World::over(stores);
    let id = person(&world.stores, "old", Role::Student).await;
    // The former program wrote `$2a$`.
    let hash = bcrypt::hash("taken over!", 4).unwrap().replacen("$2b$", "$2a$", 1);
    let set = async |hash: &str| {
        transact(&*world.stores.identity, || {
            async |tx| tx.accounts().set_password_hash(&id, hash, world.now()).await
        })
        .await
    };
    set(&hash).await.unwrap();
    assert_eq!(log_in(&world, "old", "not it, sorry").await, Err("invalid_credentials"));
    assert!(log_in(&world, "old", "taken over!").await.is_ok());
    let kept =
        world.stores.accounts.account("old@example.org").await.unwrap().unwrap().password_hash.unwrap();
    assert!(kept.starts_with("$argon2id$"), "{kept}");
    assert!(log_in(&world, "old", "taken over!").await.is_ok());
}
