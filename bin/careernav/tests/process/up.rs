//! `careernav up`.

use std::net::TcpListener;
use std::process::Command;

use crate::running::{Running, careernav, database, folder, gone, said};

#[tokio::test]
async fn up_serves_what_it_prints_and_ctrl_c_stops_all_of_it() {
    let folder = folder();
    let running = Running::up(folder.path());
    for path in ["/health/live", "/health/ready", "/openapi.json", "/docs"] {
        assert!(
            running.greeting.contains(&format!("{}{path}", running.address)),
            "{path}: {}",
            running.greeting
        );
        assert_eq!(running.get(path).await.0, 200, "{path}");
    }
    let to_try = running.greeting.split_once("Try:").and_then(|(_, rest)| rest.split_once("\n\n")).unwrap().0;
    let (answer, error, code) = said(Command::new("bash").args(["-ec", to_try]));
    assert!(answer.contains("access_token") && code == Some(0), "{to_try}: {answer}{error}");
    for person in ["asha", "arjun", "ravi", "meera"] {
        let email = format!("{person}@demo.careernav.example");
        assert!(running.greeting.contains(&email));
        assert!(running.log_in(&email).await.is_some(), "{email} cannot log in");
    }
    let (program, database) = (running.pid(), database(folder.path()));
    assert_eq!(running.interrupt(), Some(0));
    gone(program);
    gone(database);
}

#[tokio::test]
async fn a_second_run_goes_on_with_the_data_and_the_tokens() {
    let folder = folder();
    let first = Running::up(folder.path());
    let (mentor, token) = (first.mentor().await, first.log_in("asha@demo.careernav.example").await.unwrap());
    assert_eq!(first.interrupt(), Some(0));
    let second = Running::up(folder.path());
    assert!(
        second
            .greeting
            .contains("people: 0 added, 7 already there; courses: 0 added, 10 already there; plans: 0 added")
            && second.greeting.contains("sessions: 0 added, 15 already there"),
        "{}",
        second.greeting
    );
    assert_eq!(second.mentor().await, mentor);
    let request = reqwest::Client::new().get(format!("{}/api/v1/me", second.address)).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 200, "a token of the first run is still good");
    assert_eq!(second.interrupt(), Some(0));
}

#[tokio::test]
async fn without_a_database_everything_is_in_memory_and_it_says_so() {
    let folder = folder();
    let mut command = careernav(folder.path());
    command.args(["--port", "0"]).env("CAREERNAV_PG_BIN", folder.path());
    let running = Running::start(command);
    assert!(running.greeting.contains("nothing is kept"), "{}", running.greeting);
    assert!(running.log_in("asha@demo.careernav.example").await.is_some());
    assert_eq!(running.get("/health/ready").await.0, 200);
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn a_second_instance_on_the_same_folder_is_refused() {
    let folder = folder();
    let first = Running::up(folder.path());
    let (_, error, code) = said(careernav(folder.path()).args(["up", "--port", "0"]));
    assert!(error.contains("already runs the database"), "{error}");
    assert_eq!(code, Some(1));
    assert_eq!(first.interrupt(), Some(0));
}

#[test]
fn a_taken_port_is_refused_with_the_way_out() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (_, error, code) =
        said(careernav(folder.path()).args(["up", "--port", &port]).env("CAREERNAV_PG_BIN", folder.path()));
    assert!(error.contains("--port") && error.contains(&port), "{error}");
    assert_eq!(code, Some(1));
}
