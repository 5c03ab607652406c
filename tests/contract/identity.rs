//! Accounts, sign-ups, refresh tokens.

use application_identity::ports::{NewAccount, ONE_ACCOUNT};
use application_kernel::{StoreError, transact};
use domain_identity::{Email, PersonName, RefreshToken, SignUp};
use domain_kernel::{Role, UserId, days, minutes};

use crate::support::people::{now, person};
use crate::support::stores::Stores;

crate::both_stores! {
    an_account_is_found_by_its_address_without_case,
    an_address_has_one_account,
    ones_own_account_is_shown,
    a_new_password_hash_replaces_the_old_one,
    sign_ups_of_an_address_come_newest_first_and_are_forgotten,
    a_refresh_token_is_read_as_it_was_written,
    ending_a_family_ends_all_its_tokens_and_no_others,
}

async fn an_account_is_found_by_its_address_without_case(stores: Stores) {
    let id = person(&stores, "asha", Role::Student).await;
    for address in ["asha@example.org", "Asha@Example.ORG"] {
        let found = stores.accounts.account(address).await.unwrap().unwrap();
        assert_eq!((found.id, found.role, found.token_version), (id.clone(), Role::Student, 0));
    }
    assert_eq!(stores.accounts.account("nobody@example.org").await, Ok(None));
    let inside = transact(&*stores.identity, || async |tx| tx.accounts().find("ASHA@example.org").await)
        .await
        .unwrap();
    assert_eq!(inside.map(|account| account.id), Some(id));
}

async fn an_address_has_one_account(stores: Stores) {
    person(&stores, "asha", Role::Student).await;
    let second = NewAccount {
        id: UserId::parse("other").unwrap(),
        email: Email::parse("asha@example.org").unwrap(),
        name: PersonName::parse("Asha").unwrap(),
        role: Role::Mentor,
        password_hash: "h".into(),
        created_at: now(),
    };
    let added = transact(&*stores.identity, || async |tx| tx.accounts().add(&second).await).await;
    assert_eq!(added, Err(StoreError::Duplicate { constraint: ONE_ACCOUNT.into() }));
}

async fn ones_own_account_is_shown(stores: Stores) {
    let id = person(&stores, "asha", Role::Mentor).await;
    let me = stores.accounts.me(&id).await.unwrap().unwrap();
    assert_eq!(
        (
            me.id.as_str(),
            me.email.as_str(),
            me.name.as_str(),
            me.role.as_str(),
            me.zone.as_str(),
            me.created_at.as_str()
        ),
        ("asha", "asha@example.org", "asha Person", "MENTOR", "Asia/Kolkata", "2026-11-23T08:00:00Z")
    );
    assert_eq!(stores.accounts.me(&UserId::parse("nobody").unwrap()).await, Ok(None));
}

async fn a_new_password_hash_replaces_the_old_one(stores: Stores) {
    let id = person(&stores, "asha", Role::Student).await;
    transact(&*stores.identity, || async |tx| tx.accounts().set_password_hash(&id, "new", now()).await)
        .await
        .unwrap();
    let found = stores.accounts.account("asha@example.org").await.unwrap().unwrap();
    assert_eq!(found.password_hash.as_deref(), Some("new"));
}

fn sign_up(id: &str) -> SignUp {
    SignUp {
        id: id.into(),
        email: Email::parse("asha@example.org").unwrap(),
        name: PersonName::parse("Asha Verma").unwrap(),
        role: Role::Mentor,
        password_hash: "password".into(),
        code_hash: "c".repeat(64),
        expires_at: now().plus(days(1)),
        attempts: 0,
    }
}

async fn sign_ups_of_an_address_come_newest_first_and_are_forgotten(stores: Stores) {
    let email = Email::parse("asha@example.org").unwrap();
    let of =
        async || transact(&*stores.identity, || async |tx| tx.sign_ups().of(&email).await).await.unwrap();
    for index in 0..6 {
        let at = now().plus(minutes(index));
        let new = sign_up(&format!("s{index}"));
        transact(&*stores.identity, || async |tx| tx.sign_ups().add(&new, at).await).await.unwrap();
    }
    let found = of().await;
    assert_eq!(found.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["s5", "s4", "s3", "s2", "s1"]);
    assert_eq!(found[0], sign_up("s5"));
    let tried = SignUp { attempts: 3, ..found[0].clone() };
    transact(&*stores.identity, || async |tx| tx.sign_ups().save(&tried).await).await.unwrap();
    assert_eq!(of().await[0].attempts, 3);
    transact(&*stores.identity, || async |tx| tx.sign_ups().clear(&email).await).await.unwrap();
    assert_eq!(of().await, []);
}

fn token(hash: &str, family: &str, user: &UserId) -> RefreshToken {
    RefreshToken {
        hash: hash.repeat(64),
        family: family.into(),
        user: user.clone(),
        expires_at: now().plus(days(30)),
        used_at: None,
        revoked_at: None,
    }
}

async fn a_refresh_token_is_read_as_it_was_written(stores: Stores) {
    let user = person(&stores, "asha", Role::Student).await;
    let mut written = token("a", "f", &user);
    let read = async |hash: String| {
        transact(&*stores.identity, || async |tx| tx.refresh_tokens().by_hash(&hash).await).await
    };
    transact(&*stores.identity, || async |tx| tx.refresh_tokens().add(&written, now()).await).await.unwrap();
    assert_eq!(read("a".repeat(64)).await, Ok(Some(written.clone())));
    written.exchange(now().plus(minutes(1))).unwrap();
    transact(&*stores.identity, || async |tx| tx.refresh_tokens().save(&written).await).await.unwrap();
    assert_eq!(read("a".repeat(64)).await, Ok(Some(written)));
    assert_eq!(read("b".repeat(64)).await, Ok(None));
}

async fn ending_a_family_ends_all_its_tokens_and_no_others(stores: Stores) {
    let user = person(&stores, "asha", Role::Student).await;
    for (hash, family) in [("a", "one"), ("b", "one"), ("c", "two")] {
        let new = token(hash, family, &user);
        transact(&*stores.identity, || async |tx| tx.refresh_tokens().add(&new, now()).await).await.unwrap();
    }
    transact(&*stores.identity, || async |tx| tx.refresh_tokens().end_family("one", now()).await)
        .await
        .unwrap();
    for (hash, ended) in [("a", Some(now())), ("b", Some(now())), ("c", None)] {
        let hash = hash.repeat(64);
        let found = transact(&*stores.identity, || async |tx| tx.refresh_tokens().by_hash(&hash).await)
            .await
            .unwrap();
        assert_eq!(found.unwrap().revoked_at, ended);
    }
}
