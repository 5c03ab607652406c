//! One's own money from outside: every form of every read, the same on both stores.

use application_billing::ReleasePayout;
use application_identity::ports::AccessTokens;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::json;

use crate::support::booked::Booked;
use crate::support::money::Cast;
use crate::support::server::{Answer, Served};
use crate::support::stores::Stores;
use crate::support::world::ticket;

crate::both_stores! {
    reads_of_money_are_answered_as_agreed,
    pages_are_printed_with_all_that_they_say,
    lists_of_money_are_walked_by_their_next_link,
    nobody_reads_anothers_money,
}

const READS: [&str; 5] =
    ["/me/payments", "/me/earnings", "/me/documents", "/me/documents/{number}", "/me/statements/2026-12"];

/// A server over a session that was paid, held, refunded in part and paid out; the tokens of its two parties.
async fn served(stores: Stores) -> (Served, String, String) {
    let cast = Cast::over(stores.clone()).await;
    let (_, payment) = cast.payable().await;
    cast.refund(&payment, Some(49_900)).await.unwrap();
    cast.work().await;
    let release = ReleasePayout { ticket: ticket(&cast.ops), payment };
    cast.booked.world.billing.release(release).await.unwrap();
    cast.work().await;
    let served = Served::over(stores);
    // The server's clock goes on where the cast's stands.
    let span = cast.booked.world.now().since(served.world.now());
    application_kernel::AdjustableClock::advance(&*served.world.clock, span);
    let student = served.log_in("asha").await;
    let (mentor, _) = served.world.tokens.issue(&cast.booked.mentor, served.world.now()).unwrap();
    (served, student, mentor)
}

fn agreed(name: &str, answer: &Answer) {
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        assert_json_snapshot!(name, answer.shown());
    });
}

fn agreed_lines(name: &str, answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    insta::with_settings!({ prepend_module_to_snapshot => false }, {
        assert_snapshot!(name, answer.shown_text());
    });
}

/// The read's path and its name in snapshots; `number` stands for the reader's own document.
fn path(template: &str, number: &str) -> (String, String) {
    let name = template.replace("/me/", "own_").replace("/{number}", "_one").replace("/2026-12", "");
    (format!("/api/v1{}", template.replace("{number}", number)), name)
}

async fn reads_of_money_are_answered_as_agreed(stores: Stores) {
    let (served, student, mentor) = served(stores).await;
    let document = served.get("/openapi.json", None).await.json();
    for (template, token, number) in [
        (READS[0], &student, ""),
        (READS[1], &mentor, ""),
        (READS[2], &student, ""),
        (READS[3], &mentor, "INV-2026-000001"),
        (READS[4], &mentor, ""),
    ] {
        let (path, name) = path(template, number);
        let json = served.get_as(&path, token, "application/json").await;
        agreed(&name, &json);
        assert_eq!(json.header("vary"), Some("accept"));
        assert_eq!(served.get(&path, Some(token)).await.json(), json.json(), "JSON is what comes unasked");
        let lines = served.get_as(&path, token, "text/csv").await;
        agreed_lines(&format!("{name}_csv"), &lines);
        let shown = &document["paths"][format!("/api/v1{template}").replace("2026-12", "{month}")];
        let shown = shown["get"]["responses"]["200"]["content"]["text/csv"]["example"].as_str().unwrap();
        assert_eq!(shown.split_once("\r\n").unwrap().0, lines.text.split_once("\r\n").unwrap().0, "{name}");
        let refused = served.get_as(&path, token, "text/html").await;
        assert_eq!((refused.status, &refused.json()["code"]), (406, &json!("not_acceptable")));
    }
}

async fn pages_are_printed_with_all_that_they_say(stores: Stores) {
    let (served, student, mentor) = served(stores).await;
    let receipt =
        ["Receipt", "RCP-2026-000001", "asha Person", "ravi Person", "Java Programming", "2,499.00 INR"];
    let note = ["Credit note", "CRN-2026-000001", "499.00 INR", "Corrects RCP-2026-000001"];
    let invoice = ["Invoice", "INV-2026-000001", "ravi Person", "300.00 INR", "2,000.00 INR"];
    let statement = ["Payout statement", "December 2026", "Paid out", "1,700.00 INR", "Net of the month"];
    for (template, token, number, file, expected) in [
        (READS[0], &student, "", "payments.pdf", &["Payments", "Paid", "2,499.00 INR", "499.00 INR"][..]),
        (READS[1], &mentor, "", "earnings.pdf", &["Earnings", "asha Person", "1,700.00 INR"][..]),
        (READS[2], &student, "", "documents.pdf", &["RCP-2026-000001", "CRN-2026-000001"][..]),
        (READS[3], &student, "RCP-2026-000001", "RCP-2026-000001.pdf", &receipt[..]),
        (READS[3], &student, "CRN-2026-000001", "CRN-2026-000001.pdf", &note[..]),
        (READS[3], &mentor, "INV-2026-000001", "INV-2026-000001.pdf", &invoice[..]),
        (READS[4], &mentor, "", "statement-2026-12.pdf", &statement[..]),
    ] {
        let (path, _) = path(template, number);
        let printed = served.get_as(&path, token, "application/pdf").await;
        assert_eq!(
            (printed.status, printed.header("content-type")),
            (200, Some("application/pdf")),
            "{path}"
        );
        let disposition = format!("attachment; filename=\"{file}\"");
        assert_eq!(printed.header("content-disposition"), Some(disposition.as_str()));
        let again = served.get_as(&path, token, "application/pdf").await;
        assert_eq!(printed.bytes, again.bytes, "{path} is printed the same each time");
        let document = lopdf::Document::load_mem(&printed.bytes).unwrap();
        assert_eq!(document.get_pages().len(), 1, "{path}");
        let text = document.extract_text(&[1]).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        for words in expected.iter().chain(&["CareerNav", "Page 1 of 1"]) {
            assert!(text.contains(words), "{path} does not say {words}: {text}");
        }
    }
}

async fn lists_of_money_are_walked_by_their_next_link(stores: Stores) {
    let (served, student, _) = served(stores).await;
    let first = served.get_as("/api/v1/me/documents?limit=1", &student, "text/csv").await;
    let next = first.header("link").unwrap().to_owned();
    let next = next.strip_prefix('<').unwrap().split_once('>').unwrap().0;
    assert_eq!(served.get("/api/v1/me/documents?limit=1", Some(&student)).await.json()["next"], next);
    let second = served.get_as(next, &student, "text/csv").await;
    assert!(first.text.contains("CRN-2026-000001") && second.text.contains("RCP-2026-000001"));
    assert_eq!(second.header("link"), None);
    for broken in ["?cursor=00", "?limit=0", "?limit=101", "?other=1"] {
        for list in ["payments", "earnings", "documents"] {
            let answer = served.get(&format!("/api/v1/me/{list}{broken}"), Some(&student)).await;
            assert_eq!(answer.status, 400, "{list}{broken}: {}", answer.text);
        }
    }
}

async fn nobody_reads_anothers_money(stores: Stores) {
    let (served, student, mentor) = served(stores).await;
    for (token, number) in
        [(&mentor, "RCP-2026-000001"), (&student, "INV-2026-000001"), (&student, "nonsense")]
    {
        let answer = served.get(&format!("/api/v1/me/documents/{number}"), Some(token)).await;
        assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("not_found")));
    }
    for list in ["payments", "documents"] {
        let other = served.get(&format!("/api/v1/me/{list}"), Some(&mentor)).await.json();
        assert!(!other.to_string().contains("RCP-"), "{other}");
    }
    assert_eq!(served.get("/api/v1/me/earnings", Some(&student)).await.json()["items"], json!([]));
    assert_eq!(served.get("/api/v1/me/statements/2026-12", Some(&student)).await.json()["lines"], json!([]));
    for month in ["2026-13", "2026", "x"] {
        assert_eq!(served.get(&format!("/api/v1/me/statements/{month}"), Some(&mentor)).await.status, 404);
    }
}

#[tokio::test]
async fn a_read_of_money_is_one_statement() {
    let url = crate::support::cluster::migrated_database().await;
    let store = std::sync::Arc::new(crate::support::stores::postgres(&url));
    let stores = Stores::of(store.clone(), Some(url));
    let booked = Booked::over(stores.clone()).await;
    booked.scheduled().await;
    booked.world.worker.drain().await.unwrap();
    let served = Served::over(stores);
    let token = served.log_in("asha").await;
    for template in READS {
        for form in ["application/json", "text/csv", "application/pdf"] {
            let (path, _) = path(template, "RCP-2026-000001");
            let before = store.statements();
            let answer = served.get_as(&path, &token, form).await;
            assert_eq!((answer.status, store.statements() - before), (200, 1), "{path} as {form}");
        }
    }
}
