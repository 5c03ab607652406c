//! The machine's zone and the database's change nothing.

use std::process::Command;

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::support::booked::Booked;
use crate::support::cluster::migrated_database;
use crate::support::stores::{Stores, postgres};

/// Where servers stand.
const SERVERS: [&str; 3] = ["UTC", "Asia/Kolkata", "America/Los_Angeles"];

/// The meetings of a plan on a database whose own zone is that one.
async fn planned(zone: &str) -> Vec<String> {
    let url = migrated_database().await;
    let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    diesel::sql_query(format!("ALTER DATABASE {name} SET timezone TO '{zone}'"))
        .execute(&mut conn)
        .await
        .unwrap();
    drop(conn);
    let stores = Stores::of(std::sync::Arc::new(postgres(&url)), Some(url));
    let booked = Booked::over(stores).await;
    let session = booked.scheduled().await;
    let seen = booked.seen(&booked.student, &session).await;
    let items = seen.items.unwrap();
    items.iter().map(|item| format!("{} {} {}", item.starts_at, item.local_date, item.local_time)).collect()
}

#[tokio::test]
async fn the_same_plan_has_the_same_meetings_whatever_the_databases_zone() {
    let first = planned(SERVERS[0]).await;
    assert_eq!((first.len(), first[0].as_str()), (8, "2026-11-30T04:30:00Z 2026-11-30 10:00"));
    for zone in &SERVERS[1..] {
        assert_eq!(planned(zone).await, first, "{zone}");
    }
}

#[test]
fn local_hours_are_not_read_again_in_the_machines_zone() {
    let own = std::env::current_exe().unwrap();
    for zone in SERVERS {
        for test in [
            "thin_way::memory::a_student_sees_the_dates_before_asking",
            "meetings::memory::a_meetings_day_begins_at_local_midnight",
        ] {
            let run = Command::new(&own)
                .args([&format!("scenario::{test}"), "--exact"])
                .env("TZ", zone)
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&run.stdout);
            assert!(run.status.success() && told.contains("1 passed"), "{zone}: {told}");
        }
    }
}
