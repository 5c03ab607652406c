//! The staff, their log-ins, how people stand, the audit as it is read.

use application_identity::PeopleFilter;
use application_kernel::{
    Actor, AuditEntry, Keep, Opening, PageRequest, PageSize, Permission, StoreError, StoredReply, Ticket,
    transact,
};
use application_operations::ports::{ONE_OPERATOR, ONE_OPERATOR_A_USER, OPERATORS_USER, OperatorAccount};
use application_operations::{AuditFilter, TotpSecret};
use domain_identity::{Email, RefreshToken, Suspension};
use domain_kernel::{Labelled, OperatorId, Role, TimeDelta, Timestamp, UserId, hours, minutes};
use proptest::prelude::*;
use serde_json::json;

use super::round_trips::some;
use crate::support::people::{now, person};
use crate::support::stores::Stores;

crate::both_stores! {
    any_operator_comes_back_as_it_was,
    any_operators_token_comes_back_as_it_was,
    any_standing_comes_back_as_it_was,
    an_address_and_a_user_have_one_operator,
    a_used_backup_code_is_gone_and_permissions_are_what_was_saved,
    the_holders_of_a_permission_are_counted,
    an_operators_key_is_not_a_users,
    people_are_found_by_how_their_address_begins,
    the_audit_is_read_by_subject_actor_action_and_time_in_pages,
}

fn account(key: &str, permissions: &[Permission]) -> OperatorAccount {
    OperatorAccount {
        id: OperatorId::parse(key).unwrap(),
        email: Email::parse(&format!("{key}@staff.example.org")).unwrap(),
        password_hash: "hash".into(),
        totp_secret: TotpSecret::stored("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into()),
        totp_last_step: 0,
        user: None,
        permissions: permissions.iter().copied().collect(),
        backup_codes: ["a".repeat(64), "b".repeat(64)].into(),
        token_version: 0,
        created_at: now(),
    }
}

async fn add(stores: &Stores, account: &OperatorAccount) -> Result<(), StoreError> {
    transact(&*stores.operations, || async |tx| tx.operators().add(account).await).await
}

async fn get(stores: &Stores, id: &OperatorId) -> OperatorAccount {
    transact(&*stores.operations, || async |tx| tx.operators().get(id).await).await.unwrap()
}

async fn save(stores: &Stores, account: &OperatorAccount) {
    transact(&*stores.operations, || async |tx| tx.operators().save(account, now()).await).await.unwrap();
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_000_i64).prop_map(|micros| Timestamp::from_micros(micros).unwrap())
}

fn accounts() -> impl Strategy<Value = OperatorAccount> {
    let held = prop::sample::subsequence(Permission::ALL.to_vec(), 0..=Permission::ALL.len());
    let codes = prop::collection::btree_set("[0-9a-f]{64}", 0..10);
    (held, codes, "[!-~]{1,200}", "[A-Z2-7]{32}", 0..i64::MAX, 0..i32::MAX, instant()).prop_map(
        |(permissions, backup_codes, password_hash, secret, totp_last_step, token_version, created_at)| {
            OperatorAccount {
                permissions: permissions.into_iter().collect(),
                backup_codes,
                password_hash,
                totp_secret: TotpSecret::stored(secret),
                totp_last_step,
                token_version,
                created_at,
                ..account("any", &[])
            }
        },
    )
}

async fn any_operator_comes_back_as_it_was(stores: Stores) {
    let user = person(&stores, "asha", Role::Student).await;
    for (index, mut written) in some(&accounts()).into_iter().enumerate() {
        written.id = OperatorId::parse(format!("any-{index}")).unwrap();
        written.email = Email::parse(&format!("any-{index}@staff.example.org")).unwrap();
        written.user = (index == 0).then(|| user.clone());
        add(&stores, &written).await.unwrap();
        assert_eq!(get(&stores, &written.id).await, written);
        let address = written.email.to_string().to_uppercase();
        assert_eq!(stores.staff.operator(&address).await, Ok(Some(written.clone())));
        let view = stores.staff.operator_view(&written.id).await.unwrap().unwrap();
        assert_eq!(view.backup_codes_left, i64::try_from(written.backup_codes.len()).unwrap());
        assert_eq!(view.permissions, application_kernel::permission_labels(&written.permissions));
    }
    assert_eq!(stores.staff.operators().await.unwrap().len(), some(&accounts()).len());
    assert_eq!(stores.staff.operator("nobody@staff.example.org").await, Ok(None));
}

async fn any_operators_token_comes_back_as_it_was(stores: Stores) {
    let operator = account("op", &[]);
    add(&stores, &operator).await.unwrap();
    let tokens =
        ("[0-9a-f]{64}", "[!-~]{1,40}", instant(), prop::option::of(instant()), prop::option::of(instant()));
    for (hash, family, expires_at, used_at, revoked_at) in some(&tokens) {
        let user = operator.id.clone();
        let written = RefreshToken { hash, family, user, expires_at, used_at, revoked_at };
        let read = transact(&*stores.operations, || {
            async |tx| {
                tx.operator_tokens().add(&written, now()).await?;
                tx.operator_tokens().by_hash(&written.hash).await
            }
        });
        assert_eq!(read.await, Ok::<_, StoreError>(Some(written.clone())));
        let later = now().plus(minutes(1));
        let ended = transact(&*stores.operations, || {
            async |tx| {
                tx.operator_tokens().end_all(&operator.id, later).await?;
                tx.operator_tokens().by_hash(&written.hash).await
            }
        });
        let ended = ended.await.unwrap().unwrap();
        assert_eq!(ended.revoked_at, written.revoked_at.or(Some(later)));
    }
}

async fn any_standing_comes_back_as_it_was(stores: Stores) {
    let id = person(&stores, "asha", Role::Student).await;
    let standings =
        (prop::option::of(("[^\u{0}]{1,60}", instant())), prop::sample::select(Role::ALL), 0..i32::MAX);
    for (suspended, role, token_version) in some(&standings) {
        let (written, read) = transact(&*stores.identity, || {
            async |tx| {
                let mut standing = tx.standings().get(&id).await?;
                standing.suspension = suspended.clone().map(|(reason, at)| Suspension { at, reason });
                (standing.role, standing.token_version) = (role, token_version);
                tx.standings().save(&standing, now()).await?;
                Ok::<_, StoreError>((standing, tx.standings().get(&id).await?))
            }
        })
        .await
        .unwrap();
        assert_eq!(read, written);
        let account = stores.accounts.account("asha@example.org").await.unwrap().unwrap();
        assert_eq!(
            (account.is_suspended, account.role, account.token_version),
            (suspended.is_some(), role, token_version)
        );
        let shown = stores.accounts.person(&id).await.unwrap().unwrap();
        assert_eq!(shown.suspension.map(|s| s.reason), suspended.map(|(reason, _)| reason));
    }
}

async fn an_address_and_a_user_have_one_operator(stores: Stores) {
    let user = person(&stores, "asha", Role::Student).await;
    let first = OperatorAccount { user: Some(user), ..account("first", &[]) };
    add(&stores, &first).await.unwrap();
    let duplicate = |constraint: &str| Err(StoreError::Duplicate { constraint: constraint.into() });
    let second = OperatorAccount { email: first.email.clone(), ..account("second", &[]) };
    assert_eq!(add(&stores, &second).await, duplicate(ONE_OPERATOR));
    let second = OperatorAccount { user: first.user.clone(), ..account("second", &[]) };
    assert_eq!(add(&stores, &second).await, duplicate(ONE_OPERATOR_A_USER));
    let second = OperatorAccount { user: Some(UserId::parse("nobody").unwrap()), ..account("second", &[]) };
    let refused = Err(StoreError::Refused { constraint: OPERATORS_USER.into() });
    assert_eq!(add(&stores, &second).await, refused);
}

async fn a_used_backup_code_is_gone_and_permissions_are_what_was_saved(stores: Stores) {
    let mut written = account("op", &[Permission::Users, Permission::Studio]);
    add(&stores, &written).await.unwrap();
    written.backup_codes.remove(&"a".repeat(64));
    written.permissions = [Permission::Studio, Permission::Payouts].into();
    written.totp_last_step = 7;
    save(&stores, &written).await;
    assert_eq!(get(&stores, &written.id).await, written);
    (written.permissions, written.backup_codes) = ([].into(), [].into());
    save(&stores, &written).await;
    assert_eq!(get(&stores, &written.id).await, written);
}

async fn the_holders_of_a_permission_are_counted(stores: Stores) {
    for (key, permissions) in
        [("a", &[Permission::Users][..]), ("b", &[Permission::Users, Permission::Content]), ("c", &[])]
    {
        add(&stores, &account(key, permissions)).await.unwrap();
    }
    for (permission, count) in [(Permission::Users, 2), (Permission::Content, 1), (Permission::Payouts, 0)] {
        let holders = transact(&*stores.operations, || async |tx| tx.operators().holders(permission).await);
        assert_eq!(holders.await, Ok(count), "{permission}");
    }
}

async fn an_operators_key_is_not_a_users(stores: Stores) {
    let ticket = |by: Actor| Ticket {
        by,
        method: "POST".into(),
        route: "/r".into(),
        key: "k".into(),
        fingerprint: "f".repeat(64),
        keep: Keep::Day,
    };
    let operator = ticket(OperatorId::parse("same").unwrap().into());
    let user = ticket(UserId::parse("same").unwrap().into());
    let reply = StoredReply { created: None, body: json!({"by": "operator"}) };
    transact(&*stores.operations, || {
        async |tx| {
            assert_eq!(tx.idempotency().open(&operator, now()).await?, Opening::Fresh);
            assert_eq!(
                tx.idempotency().open(&user, now()).await?,
                Opening::Fresh,
                "neither locks out the other"
            );
            tx.idempotency().close(&operator, &reply, now()).await
        }
    })
    .await
    .unwrap();
    for (ticket, opening) in [(&user, Opening::Fresh), (&operator, Opening::Replay(reply.clone()))] {
        let opened = transact(&*stores.operations, || async |tx| tx.idempotency().open(ticket, now()).await);
        assert_eq!(opened.await, Ok(opening));
    }
}

async fn people_are_found_by_how_their_address_begins(stores: Stores) {
    for (key, role) in
        [("asha", Role::Student), ("asha_b", Role::Mentor), ("ashab", Role::Student), ("ravi", Role::Mentor)]
    {
        person(&stores, key, role).await;
    }
    let found = async |email: Option<&str>, role: Option<Role>, suspended: Option<bool>| {
        let filter = PeopleFilter { email: email.map(str::to_owned), role, suspended };
        let size = PageSize::parse(2).unwrap();
        let (mut after, mut ids) = (None, Vec::new());
        loop {
            let page = stores.accounts.people(&filter, &PageRequest { size, after }).await.unwrap();
            ids.extend(page.items.into_iter().map(|person| person.id));
            after = page.next;
            if after.is_none() {
                return ids;
            }
        }
    };
    assert_eq!(found(None, None, None).await.len(), 4);
    assert_eq!(found(Some("ASHA"), None, None).await.len(), 3);
    assert_eq!(found(Some("asha_"), None, None).await, ["asha_b"], "an underscore is itself");
    assert_eq!(found(Some("%"), None, None).await, Vec::<String>::new());
    assert_eq!(found(None, Some(Role::Mentor), None).await.len(), 2);
    assert_eq!(found(None, None, Some(true)).await, Vec::<String>::new());
    assert_eq!(found(Some("ravi@"), Some(Role::Mentor), Some(false)).await, ["ravi"]);
}

async fn the_audit_is_read_by_subject_actor_action_and_time_in_pages(stores: Stores) {
    let actors = [
        None,
        Some(Actor::User(UserId::parse("u").unwrap())),
        Some(Actor::Operator(OperatorId::parse("o").unwrap())),
    ];
    for (hour, actor) in actors.iter().enumerate() {
        for subject in ["s", "t"] {
            let entry = AuditEntry {
                at: now().plus(hours(i64::try_from(hour).unwrap())),
                actor: actor.clone(),
                action: if hour == 0 { "first" } else { "later" },
                subject: subject.into(),
                details: vec![("hour", hour.to_string())],
            };
            transact(&*stores.booking, || async |tx| tx.audit().append(entry.clone()).await).await.unwrap();
        }
    }
    let read = async |filter: AuditFilter| {
        let size = PageSize::parse(2).unwrap();
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = stores.staff.audit(&filter, &PageRequest { size, after }).await.unwrap();
            seen.extend(page.items.into_iter().map(|entry| {
                let actor = entry
                    .actor
                    .map_or_else(|| "-".to_owned(), |actor| format!("{} {}", actor.kind, actor.id));
                format!(
                    "{} {} {actor} {}",
                    entry.action,
                    entry.subject,
                    entry.details["hour"].as_str().unwrap()
                )
            }));
            after = page.next;
            if after.is_none() {
                return seen;
            }
        }
    };
    let none = AuditFilter::default;
    let all = read(none()).await;
    assert_eq!(all.first().map(String::as_str), Some("later t operator o 2"), "the latest first");
    assert_eq!((all.len(), all.last().map(String::as_str)), (6, Some("first s - 0")));
    assert_eq!(read(AuditFilter { subject: Some("s".into()), ..none() }).await.len(), 3);
    assert_eq!(
        read(AuditFilter { actor: Some("u".into()), ..none() }).await,
        ["later t user u 1", "later s user u 1"]
    );
    assert_eq!(read(AuditFilter { action: Some("first".into()), ..none() }).await.len(), 2);
    let (from, to) = (Some(now().plus(hours(1))), Some(now().plus(hours(2))));
    assert_eq!(read(AuditFilter { from, to, ..none() }).await.len(), 2);
    let before = now().minus(TimeDelta::seconds(1));
    assert_eq!(read(AuditFilter { to: Some(before), ..none() }).await, Vec::<String>::new());
}
