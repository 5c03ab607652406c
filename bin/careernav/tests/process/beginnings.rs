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
    let plans = |courses: &str, plans: &str| (format!("courses: {courses}; plans: {plans}\n"), Some(0));
    let (none, ten) = ("0 added, 10 already there", "10 added, 0 already there");
    assert_eq!(seed(&["plans"]), plans(ten, "30 added, 0 already there"));
    assert_eq!(seed(&["plans"]), plans(none, "0 added, 30 already there"));
    let questions = |first: &str| {
        let (said, code) = seed(&["skill-tests"]);
        let counts = said.trim_end().strip_prefix(&format!("courses: {none}; questions: {first}"));
        (counts.unwrap_or_else(|| panic!("{said}")).to_owned(), code)
    };
    let (added, code) = questions("");
    let (count, rest) = added.split_once(' ').unwrap();
    assert!(count.parse::<u32>().unwrap() >= 200 && rest == "added, 0 already there", "{added}");
    assert_eq!(code, Some(0));
    assert_eq!(questions("0 added, "), (format!("{count} already there"), Some(0)));
    let (demo, code) = seed(&["demo"]);
    assert!(demo.starts_with(&format!("people: 7 added, 0 already there; courses: {none}; ")), "{demo}");
    assert!(demo.contains("mentor profiles: 3 added"), "{demo}");
    assert!(demo.contains("sessions: 15 added") && demo.contains("messages: 16 added"), "{demo}");
    assert_eq!(code, Some(0));
    let (unknown, code) = seed(&["everything"]);
    assert!(unknown.contains("[possible values: skill-tests, plans, demo]"), "{unknown}");
    assert_eq!(code, Some(2));
    let (refused, code) = seed(&["demo", "--mode", "production"]);
    assert!(refused.contains("in demo mode only"), "{refused}");
    assert_eq!(code, Some(1));
}
