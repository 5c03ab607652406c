//! The first run in a folder, and commands where there was none.

use rustix::process::{Pid, Signal};

use crate::running::{Process, careernav, eventually, folder, gone, said};

#[test]
fn looking_makes_nothing() {
    let folder = folder();
    let (_, error, code) = said(careernav(folder.path()).args(["migrate", "status"]));
    assert!(error.contains("there is no database"), "{error}");
    assert_eq!(code, Some(20));
    let (found, _, code) = said(careernav(folder.path()).arg("doctor"));
    assert!(found.contains("no database yet"), "{found}");
    assert_eq!(code, Some(0), "{found}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn ctrl_c_while_it_starts_leaves_no_process_and_the_next_run_goes_on() {
    let folder = folder();
    let mut command = careernav(folder.path());
    command.args(["up", "--port", "0"]);
    let starting = Process::start(command);
    let file = folder.path().join(".careernav/data/postmaster.pid");
    let database = eventually("the database begins to start", || {
        let text = std::fs::read_to_string(&file).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    });
    starting.signal(Signal::INT);
    assert_eq!(starting.end(), Some(0));
    gone(database);
    let (seeded, error, code) = said(careernav(folder.path()).arg("seed"));
    assert!(seeded.contains("people"), "{seeded}{error}");
    assert_eq!(code, Some(0), "{error}");
}

#[test]
fn seeds_say_what_they_added_and_what_does_not_exist_is_not_offered() {
    let folder = folder();
    let seed = |arguments: &[&str]| {
        let (said, error, code) = said(careernav(folder.path()).arg("seed").args(arguments));
        (said + &error, code)
    };
    assert_eq!(seed(&["plans"]), ("3 courses, 9 plans added\n".into(), Some(0)));
    assert_eq!(seed(&["plans"]), ("0 courses, 0 plans added\n".into(), Some(0)));
    let (demo, code) = seed(&["demo"]);
    assert!(demo.contains("4 people, 0 courses, 0 plans, 2 mentor profiles"), "{demo}");
    assert_eq!(code, Some(0));
    let (unknown, code) = seed(&["skill-tests"]);
    assert!(unknown.contains("[possible values: plans, demo]"), "{unknown}");
    assert_eq!(code, Some(2));
    let (refused, code) = seed(&["demo", "--mode", "production"]);
    assert!(refused.contains("in demo mode only"), "{refused}");
    assert_eq!(code, Some(1));
}
