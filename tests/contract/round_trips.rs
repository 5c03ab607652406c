//! Whatever the domain can hold, a store gives back as it took it: a property per table.

use application_kernel::{StoreError, transact};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use domain_billing::{Payment, PaymentStatus};
use domain_catalog::SkillSlug;
use domain_kernel::{
    BasisPoints, Currency, Labelled, Money, PaymentId, TimeDelta, Timestamp, WallTime, Zone, minutes,
};
use domain_mentoring::{
    Meeting, NewScheduleItem, NoShow, Policy, Proposal, Reminders, Session, SessionStatus, Side, WeekdaySet,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::booking::{Cast, cast};
use crate::support::people::now;
use crate::support::stores::Stores;

crate::both_stores! {
    any_session_comes_back_as_it_was,
    any_payment_comes_back_as_it_was,
    any_meeting_comes_back_as_it_was,
}

/// How many values each property is tried with.
const CASES: usize = 40;

/// So many values, the same in every run.
pub(super) fn some<T: std::fmt::Debug>(strategy: &impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..CASES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// Texts of many scripts, quotes and signs; PostgreSQL knows no NUL.
pub(super) fn text() -> impl Strategy<Value = String> {
    "[^\u{0}]{0,60}"
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_000_i64).prop_map(|micros| Timestamp::from_micros(micros).unwrap())
}

fn amount() -> impl Strategy<Value = Money> {
    (0..=9_999_999_999_i64, prop::sample::select(vec!["INR", "USD", "EUR"]))
        .prop_map(|(minor, code)| Money::parse(minor, Currency::parse(code).unwrap()).unwrap())
}

fn policy() -> impl Strategy<Value = Policy> {
    (0..=10_000_u16, prop::collection::vec(1..100_000_i64, 15), 0..50_u32).prop_map(
        |(fee, spans, open_requests)| Policy {
            fee: BasisPoints::parse(fee).unwrap(),
            item: minutes(spans[0] % 1440 + 1),
            ahead_least: minutes(spans[1]),
            ahead_most: minutes(spans[2]),
            open_requests,
            answer_within: minutes(spans[3]),
            answer_before_start: minutes(spans[4]),
            pay_within: minutes(spans[5]),
            pay_before_start: minutes(spans[6]),
            pay_grace: minutes(spans[7]),
            cancel_notice: minutes(spans[8]),
            auto_complete_after: minutes(spans[9]),
            payout_hold: minutes(spans[10]),
            complete_after_start: minutes(spans[11]),
            report_after_start: minutes(spans[12]),
            report_within: minutes(spans[13]),
            move_ahead_least: minutes(spans[14]),
            moves: u8::try_from(spans[0] % 4).unwrap(),
        },
    )
}

fn sessions(cast: &Cast) -> impl Strategy<Value = Session> + use<> {
    let base = cast.session("any", "2026-11-30", "10:00");
    let zones = vec!["Asia/Kolkata", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"];
    let when = (0..3_650_i64, 0..1440_u32, 0..128_u8, 1..=52_u8, 1..=5_u8, prop::sample::select(zones));
    let said = (prop::option::of(text()), prop::option::of("[^\u{0}]{1,40}"), text(), text());
    let then = (
        instant(),
        instant(),
        instant(),
        prop::option::of(instant()),
        prop::sample::select(SessionStatus::ALL),
    );
    (when, said, then, amount(), policy()).prop_map(move |(when, said, then, price, policy)| {
        let (offset, minute, offered, weeks, per_week, zone) = when;
        let (message, reason, skill_name, plan_key) = said;
        let (created_at, updated_at, expires_at, pay_by, status) = then;
        let mut session = base.clone();
        session.terms.price = price;
        session.terms.policy = policy;
        session.terms.first_date += TimeDelta::days(offset);
        session.terms.time = WallTime::from_minute(minute).unwrap();
        session.terms.offered = WeekdaySet::from_bits(offered);
        (session.terms.weeks, session.terms.per_week) = (weeks, per_week);
        session.terms.zone = Zone::parse(zone).unwrap();
        session.skill_slug = SkillSlug::of(&skill_name).to_string();
        Session {
            message,
            reason,
            skill_name,
            plan_key,
            created_at,
            updated_at,
            expires_at,
            pay_by,
            status,
            ..session
        }
    })
}

async fn any_session_comes_back_as_it_was(stores: Stores) {
    let cast = cast(stores).await;
    for (index, mut written) in some(&sessions(&cast)).into_iter().enumerate() {
        written.id = domain_kernel::SessionId::parse(format!("any-{index}")).unwrap();
        // Two live ones of one skill are refused, which another case proves.
        written.skill_slug = format!("{}-{index}", written.skill_slug);
        cast.add(&written).await.unwrap();
        let read = transact(&*cast.stores.booking, || async |tx| tx.sessions().get(&written.id).await).await;
        assert_eq!(read.unwrap(), written);
    }
}

fn payments(session: &Session) -> impl Strategy<Value = Payment> + use<> {
    let session = session.id.clone();
    let keys = (prop::option::of("[!-~]{1,60}"), prop::option::of("[!-~]{1,60}"), "[a-z]{1,20}");
    let then = (instant(), instant(), prop::option::of(instant()), prop::sample::select(PaymentStatus::ALL));
    (amount(), keys, then).prop_map(move |(amount, (order, captured_by, gateway), then)| {
        let (created_at, updated_at, completed_at, status) = then;
        let id = PaymentId::parse("p").unwrap();
        let (payment, _) = Payment::start(id, session.clone(), amount, gateway, created_at);
        Payment { order, captured_by, updated_at, completed_at, status, ..payment }
    })
}

async fn any_payment_comes_back_as_it_was(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s", "2026-11-30", "10:00");
    for (index, mut written) in some(&payments(&session)).into_iter().enumerate() {
        let mut session = session.clone();
        session.id = domain_kernel::SessionId::parse(format!("s-{index}")).unwrap();
        session.skill_slug = format!("skill-{index}");
        cast.add(&session).await.unwrap();
        written.id = PaymentId::parse(format!("p-{index}")).unwrap();
        written.session = session.id;
        let read = transact(&*cast.stores.booking, || {
            async |tx| {
                tx.payments().add(&written).await?;
                tx.payments().get(&written.id).await
            }
        })
        .await;
        assert_eq!(read, Ok::<_, StoreError>(written));
    }
}

fn meetings(base: &Meeting) -> impl Strategy<Value = Meeting> + use<> {
    let base = base.clone();
    let when =
        (instant(), instant(), 0..1440_u32, 0..5_u8, prop::option::of((instant(), instant(), 0..1440_u32)));
    let said =
        prop::option::of((instant(), prop::option::of(text()), prop::option::of((any::<bool>(), instant()))));
    let then = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        prop::option::of(instant()),
        prop::sample::select(Side::ALL),
    );
    (when, said, then).prop_map(move |(when, said, then)| {
        let (starts_at, ends_at, minute, moves, proposal) = when;
        let (day, hour, is_completed, end, by) = then;
        let wall_time = |minute| WallTime::from_minute(minute).unwrap();
        Meeting {
            starts_at,
            ends_at,
            moves,
            wall_time: wall_time(minute),
            proposal: proposal.map(|(starts_at, at, minute)| Proposal {
                by,
                starts_at,
                wall_time: wall_time(minute),
                at,
            }),
            report: said.map(|(at, note, decision)| NoShow { at, note, decision }),
            reminded: Reminders { day, hour },
            completed_at: end.filter(|_| is_completed),
            cancelled_at: end.filter(|_| !is_completed),
            ..base.clone()
        }
    })
}

async fn any_meeting_comes_back_as_it_was(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let slots = session.slots();
    let items: Vec<NewScheduleItem> = slots
        .iter()
        .map(|slot| NewScheduleItem {
            item: slot.item,
            week: slot.day.week,
            number: slot.day.number,
            topic: "Topic".into(),
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            wall_time: session.terms.time,
        })
        .collect();
    let planned = transact(&*cast.stores.booking, || async |tx| tx.sessions().plan(&session, &items).await)
        .await
        .unwrap();
    let read = async || {
        transact(&*cast.stores.booking, || async |tx| tx.sessions().meetings(&session.id).await)
            .await
            .unwrap()
    };
    assert_eq!(read().await, planned);
    for (version, mut written) in (0..).zip(some(&meetings(&planned[1]))) {
        written.version = version;
        let save = async |meeting: &Meeting| {
            transact(&*cast.stores.booking, || {
                async |tx| tx.sessions().save_meetings(&mut [meeting.clone()], now()).await
            })
            .await
        };
        assert_eq!(save(&written).await, Ok(()));
        assert_eq!(save(&written).await, Err(StoreError::Conflict), "it is another's by now");
        let all = read().await;
        assert_eq!(all[1], Meeting { version: version + 1, ..written });
        assert_eq!((&all[0], &all[2]), (&planned[0], &planned[2]), "the others stay as they are");
    }
}

#[derive(diesel::QueryableByName)]
struct Slug {
    #[diesel(sql_type = diesel::sql_types::Text)]
    slug: String,
}

#[tokio::test]
async fn the_database_and_the_domain_make_the_same_slugs() {
    let stores = Stores::postgres().await;
    let mut conn = AsyncPgConnection::establish(stores.url.as_deref().unwrap()).await.unwrap();
    let known = [
        "Java",
        "JavaScript",
        "C++",
        "C#",
        "React.js",
        "Data Structures & Algorithms",
        "  A  b ",
        "",
        "-",
        "Ünïcode Straße",
        "数据 库",
        "हिन्दी",
    ];
    let made = some(&"[ -~]{0,30}");
    for name in known.iter().map(|name| (*name).to_owned()).chain(made) {
        let query =
            diesel::sql_query("SELECT skill_slug($1) AS slug").bind::<diesel::sql_types::Text, _>(&name);
        let Slug { slug } = query.get_result(&mut conn).await.unwrap();
        assert_eq!(slug, SkillSlug::of(&name).as_str(), "{name:?}");
    }
}
