//! kill -9 of the server, of PostgreSQL, of both.

use rustix::process::{Signal, kill_process};

use crate::running::{Running, database, folder, gone, successor};

#[tokio::test]
async fn after_kill_9_of_the_server_a_new_run_goes_on() {
    let folder = folder();
    let first = Running::up(folder.path());
    let mentor = first.mentor().await;
    first.signal(Signal::KILL);
    first.end();
    let second = Running::up(folder.path());
    assert_eq!(second.mentor().await, mentor);
    assert_eq!(second.interrupt(), Some(0));
}

#[tokio::test]
async fn after_kill_9_of_postgresql_the_server_becomes_ready_again() {
    let folder = folder();
    let running = Running::up(folder.path());
    let died = database(folder.path());
    kill_process(died, Signal::KILL).unwrap();
    gone(died);
    // Sessions of the dead server may still answer for a moment, so its successor is waited for first.
    successor(folder.path(), died);
    running.becomes_ready().await;
    assert!(running.log_in("asha@demo.careernav.example").await.is_some());
    assert_eq!(running.interrupt(), Some(0));
}

#[tokio::test]
async fn after_kill_9_of_both_a_new_run_goes_on() {
    let folder = folder();
    let first = Running::up(folder.path());
    let mentor = first.mentor().await;
    let postgres = database(folder.path());
    first.signal(Signal::KILL);
    let _ = kill_process(postgres, Signal::KILL);
    first.end();
    let second = Running::up(folder.path());
    assert_eq!(second.mentor().await, mentor);
    let postgres = database(folder.path());
    assert_eq!(second.interrupt(), Some(0));
    gone(postgres);
}
