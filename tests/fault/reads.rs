use domain_kernel::days;

use crate::support::booked::Booked;
use crate::support::digest::digest;
use crate::support::server::Served;
use crate::support::stores::Stores;

#[tokio::test]
async fn a_get_never_writes_even_when_timers_are_overdue() {
    let stores = Stores::postgres().await;
    let url = stores.url.clone().unwrap();
    let booked = Booked::over(stores.clone()).await;
    let session = booked.scheduled().await;
    let served = Served::over(stores);
    served.world.worker.drain().await.unwrap();
    // A month later nothing that is due has been done.
    application_kernel::AdjustableClock::advance(&*served.world.clock, days(40));
    let token = served.log_in("asha").await;
    let before = digest(&url).await;
    let document = served.get("/openapi.json", None).await.json();
    let mut read = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        if item["get"].is_null() {
            continue;
        }
        let id = if template.contains("/sessions/") { session.id.as_str() } else { "1" };
        let path =
            template.replace("{id}", id).replace("{month}", "2026-11").replace("{number}", "RCP-2026-000001");
        for token in [None, Some(token.as_str())] {
            let answer = served.get(&path, token).await;
            assert!(answer.status < 500, "{path}: {}", answer.text);
            read += 1;
        }
    }
    assert!(read > 20, "{read}");
    assert_eq!(digest(&url).await, before);
    assert_eq!(served.get(&format!("/api/v1/sessions/{}", session.id), Some(&token)).await.status, 200);
}
