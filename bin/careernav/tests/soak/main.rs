//! The real server killed under load, at every place where it hurts, again and again; the database too. Afterwards the
//! books are sound, no write that was acknowledged is lost, and all money that was to go back has gone back, once.
//!
//! `CAREERNAV_SOAK` says how many deaths: one at each place if it says nothing, 200 in `just soak`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "a test stops at the first surprise"
)]

mod load;
#[expect(dead_code, reason = "what the other test of processes also needs")]
#[path = "../process/running.rs"]
mod running;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use load::{Acknowledged, Load};
use running::{Running, careernav, database, folder, said, successor};
use rustix::process::{Signal, kill_process};
use serde_json::Value;

/// Where the server dies. The last two are of the database under it.
const POINTS: [&str; 7] = [
    "before_commit",
    "after_commit",
    "after_provider",
    "claimed_job",
    "stopping",
    "database killed",
    "database stopped",
];

/// Reads the measures.
const TOKEN: &str = "a token of sixteen characters and more";

fn up(folder: &Path, fault: Option<&str>) -> Running {
    let mut command = careernav(folder);
    command.args(["up", "--port", "0"]).env("CAREERNAV__METRICS__TOKEN", TOKEN);
    // What fails meanwhile is meant to.
    command.env("CAREERNAV__LOG__FILTER", "off");
    // Clients log in again after every death.
    command
        .env("CAREERNAV__THROTTLE__PER_ADDRESS", "100000")
        .env("CAREERNAV__THROTTLE__PER_ACCOUNT", "100000");
    if let Some(fault) = fault {
        command.env("CAREERNAV_FAULT", fault);
    }
    Running::start(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_under_load_it_loses_nothing_and_pays_nothing_twice() {
    let deaths: u32 = std::env::var("CAREERNAV_SOAK").map_or(7, |deaths| deaths.parse().unwrap());
    let (folder, acknowledged) = (folder(), Arc::new(Acknowledged::default()));
    // The demo people live through their past first, so that it dies under load.
    assert_eq!(up(folder.path(), None).interrupt(), Some(0));
    for death in 0..deaths {
        let point = POINTS[death as usize % POINTS.len()];
        // Another passage in each round, so that another write is hit.
        let passage = 1 + (death * 7) % 23;
        let fault = match point {
            "stopping" => Some("stopping:1".to_owned()),
            "after_provider" => Some(format!("after_provider:{}", 1 + death / 7 % 3)),
            "claimed_job" => Some(format!("claimed_job:{passage}")),
            "database killed" | "database stopped" => None,
            _ => Some(format!("{point}:{}", 10 + 3 * passage)),
        };
        let running = up(folder.path(), fault.as_deref());
        let load = Load::begin(&running.address, &acknowledged);
        match point {
            "stopping" => {
                load.until(5).await;
                running.signal(Signal::TERM);
            }
            "database killed" | "database stopped" => {
                load.until(5).await;
                let died = database(folder.path());
                let how = if point == "database killed" { Signal::KILL } else { Signal::INT };
                kill_process(died, how).unwrap();
                successor(folder.path(), died);
                running.becomes_ready().await;
                load.until(5).await;
                running.signal(Signal::KILL);
            }
            _ => {}
        }
        let code = tokio::task::spawn_blocking(move || running.end()).await.unwrap();
        load.end().await;
        assert_eq!(code, None, "it died by a signal at {point}");
    }
    let running = up(folder.path(), None);
    acknowledged.check(&running.address).await;
    nothing_is_left(&running.address).await;
    assert_eq!(running.interrupt(), Some(0));
    nothing_left_twice(folder.path());
    let (books, error, code) = said(careernav(folder.path()).args(["ledger", "verify"]));
    assert_eq!((code, books.trim()), (Some(0), "the books are sound"), "{books}{error}");
}

/// Waits until nothing is due any more and every refund has arrived.
async fn nothing_is_left(address: &str) {
    let client = reqwest::Client::new();
    let look = async || {
        let asked = client.get(format!("{address}/metrics")).bearer_auth(TOKEN).send().await.unwrap();
        let text = asked.text().await.unwrap();
        let open = |line: &&str| {
            let of_refunds = line.starts_with("careernav_refunds{") && !line.contains("PROCESSED");
            of_refunds || line.starts_with("careernav_jobs_due{")
        };
        let is_open = text.lines().filter(open).any(|line| !line.ends_with(" 0"));
        (is_open, text)
    };
    let waited = async {
        loop {
            let (is_open, text) = look().await;
            if !is_open && text.contains("careernav_refunds{status=\"PROCESSED\"}") {
                assert!(!text.lines().any(|line| line.starts_with("careernav_jobs_dead{")), "{text}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(3), waited).await;
    assert!(in_time.is_ok(), "something is left: {}", look().await.1);
}

/// By the gateway's own books, which outlive the server: a refund is effective under one key only, and no order gives
/// back more than it brought.
fn nothing_left_twice(folder: &Path) {
    let books = std::fs::read_to_string(folder.join(".careernav/gateway.jsonl")).unwrap();
    let lines: Vec<Value> = books.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut brought: BTreeMap<&str, i64> = BTreeMap::new();
    let mut effective: BTreeSet<&str> = BTreeSet::new();
    for line in &lines {
        let order = line["order"].as_str().unwrap();
        match line["line"].as_str().unwrap() {
            "attempt" if line["event"]["kind"] == "captured" => {
                *brought.entry(order).or_default() += line["event"]["minor"].as_i64().unwrap();
            }
            "refund" if line["leaving"]["refused"].is_null() => {
                let (refund, _) = line["key"].as_str().unwrap().rsplit_once('-').unwrap();
                assert!(effective.insert(refund), "{refund} went back twice");
                *brought.entry(order).or_default() -= line["leaving"]["minor"].as_i64().unwrap();
            }
            _ => {}
        }
    }
    assert!(effective.len() > 5, "only {} refunds were made", effective.len());
    assert!(brought.values().all(|minor| *minor >= 0), "{brought:?}");
}
