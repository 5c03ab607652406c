//! What is counted, and who may read it.

use application_kernel::{NewJob, transact};
use domain_billing::FactKind;
use domain_kernel::{Role, minutes};
use serde_json::{Value, json};

use crate::support::booked::Booked;
use crate::support::server::{METRICS_TOKEN, Served};
use crate::support::stores::Stores;

crate::both_stores! {
    requests_are_counted_by_route_and_status,
    the_house_is_measured,
    metrics_are_for_who_holds_their_token,
}

async fn read(served: &Served) -> Vec<String> {
    let answer = served.get("/metrics", Some(METRICS_TOKEN)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; version=0.0.4")));
    answer.text.lines().map(str::to_owned).collect()
}

async fn requests_are_counted_by_route_and_status(stores: Stores) {
    let served = Served::over(stores);
    let token = served.newcomer("asha", Role::Student).await;
    for path in ["/api/v1/sessions/a", "/api/v1/sessions/b", "/api/v1/nothing"] {
        assert_eq!(served.get(path, Some(&token)).await.status, 404);
    }
    let lines = read(&served).await;
    for line in [
        r#"careernav_http_requests_total{method="GET",route="/api/v1/sessions/{id}",status="404"} 2"#,
        r#"careernav_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"careernav_http_requests_total{method="POST",route="/api/v1/tokens",status="200"} 1"#,
        r#"careernav_http_request_duration_seconds_count{method="GET",route="/api/v1/sessions/{id}"} 2"#,
    ] {
        assert!(lines.iter().any(|found| found == line), "{line} is missing: {lines:#?}");
    }
    assert!(!lines.iter().any(|line| line.contains("sessions/a")), "an identifier is no series");
}

async fn the_house_is_measured(stores: Stores) {
    let is_postgres = stores.url.is_some();
    let booked = Booked::over(stores.clone()).await;
    let session = booked.request().await;
    booked.approve(&session).await;
    let payment = booked.start_payment(&session).await;
    booked.tell(&payment, FactKind::Captured).await;
    booked.world.worker.drain().await.unwrap();
    let now = booked.world.now();
    for subject in ["old", "dead"] {
        let run_at = now.minus(minutes(2));
        let job =
            NewJob { kind: "broken", subject: subject.into(), version: 1, run_at, payload: Value::Null };
        transact(&*stores.booking, || async |tx| tx.jobs().schedule(job.clone()).await).await.unwrap();
    }
    let taken = stores.jobs.claim("w", &["broken"], 2, now, now.plus(minutes(1))).await.unwrap();
    stores.jobs.fail("w", taken[1].id, "no luck", now, None).await.unwrap();
    let lines = read(&Served::over(stores)).await;
    for line in [
        r#"careernav_payments{status="SUCCESS"} 1"#,
        r#"careernav_jobs_due{kind="broken"} 1"#,
        r#"careernav_jobs_dead{kind="broken"} 1"#,
        r#"careernav_jobs_oldest_due_seconds{kind="broken"} 120"#,
        "careernav_store_up 1",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line} is missing: {lines:#?}");
    }
    let pool = lines.iter().any(|line| line == r#"careernav_database_connections{state="most"} 8"#);
    assert_eq!(pool, is_postgres);
}

async fn metrics_are_for_who_holds_their_token(stores: Stores) {
    let served = Served::over(stores);
    let person = served.newcomer("asha", Role::Student).await;
    for token in [None, Some("x"), Some(person.as_str())] {
        let refused = served.get("/metrics", token).await;
        assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("unauthenticated")));
    }
}
