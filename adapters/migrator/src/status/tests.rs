use uuid::Uuid;

use super::*;

const KNOWN: &[Known<'static>] = &[
    Known { name: "20250101000000_first", version: "20250101000000", checksum: "aa", whole: true },
    Known { name: "20260101000000_second", version: "20260101000000", checksum: "bb", whole: true },
];

fn row(name: &str, checksum: &str) -> Row {
    Row {
        id: Uuid::now_v7().to_string(),
        migration_name: name.to_owned(),
        checksum: checksum.to_owned(),
        finished_at: Some(DateTime::UNIX_EPOCH),
        rolled_back_at: None,
        logs: None,
        applied_steps_count: 1,
    }
}

/// The same as the former tool writes it.
fn foreign(name: &str, checksum: &str) -> Row {
    Row { id: "d9428888-122b-4f7e-8b4b-2f1c6a4c1a11".to_owned(), ..row(name, checksum) }
}

fn judged(rows: Vec<Row>) -> (Vec<State>, u8) {
    let status = judge(KNOWN, &History { rows, mirror: BTreeSet::new() }, None);
    (status.migrations.iter().map(|entry| entry.state).collect(), status.exit_code())
}

fn first() -> Row {
    row("20250101000000_first", "aa")
}

fn second() -> Row {
    row("20260101000000_second", "bb")
}

#[test]
fn an_empty_history_is_pending() {
    assert_eq!(judged(vec![]), (vec![State::Pending, State::Pending], 10));
}

#[test]
fn a_history_with_every_migration_is_in_step() {
    assert_eq!(judged(vec![first(), second()]), (vec![State::Applied, State::Applied], 0));
}

#[test]
fn applied_without_a_step_is_resolved() {
    let resolved = Row { applied_steps_count: 0, ..first() };
    assert_eq!(judged(vec![resolved, second()]), (vec![State::Resolved, State::Applied], 0));
}

#[test]
fn a_row_that_neither_finished_nor_rolled_back_has_failed() {
    let unfinished = Row { finished_at: None, ..foreign("20250101000000_first", "aa") };
    assert_eq!(judged(vec![unfinished]), (vec![State::Failed, State::Pending], 11));
}

#[test]
fn an_unfinished_row_of_our_own_was_interrupted_and_is_tried_again() {
    let ours = Row { finished_at: None, ..first() };
    assert_eq!(judged(vec![ours.clone()]), (vec![State::Interrupted, State::Pending], 10));

    let with_logs = Row { logs: Some("connection lost".to_owned()), ..ours.clone() };
    assert_eq!(judged(vec![with_logs]).1, 11);
    let other_script = Row { checksum: "cc".to_owned(), ..ours };
    assert_eq!(judged(vec![other_script]).1, 11);
}

#[test]
fn an_unfinished_row_is_running_while_somebody_holds_the_lock() {
    let unfinished = Row { finished_at: None, ..first() };
    let holder = Holder { pid: 7, application: None, client: None, since: None };
    let history = History { rows: vec![unfinished], mirror: BTreeSet::new() };
    let status = judge(KNOWN, &history, Some(holder));
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::Running, 21));
}

#[test]
fn a_rolled_back_attempt_is_pending_again_and_shows_its_logs() {
    let rolled_back = Row {
        finished_at: None,
        rolled_back_at: Some(DateTime::UNIX_EPOCH),
        logs: Some("no such table".to_owned()),
        ..first()
    };
    let status = judge(KNOWN, &History { rows: vec![rolled_back], mirror: BTreeSet::new() }, None);
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::RolledBack, 10));
    assert!(status.to_string().contains("no such table"), "{status}");
}

#[test]
fn a_rolled_back_attempt_before_a_good_one_is_forgotten() {
    let rolled_back = Row { finished_at: None, rolled_back_at: Some(DateTime::UNIX_EPOCH), ..first() };
    assert_eq!(judged(vec![rolled_back, first(), second()]).1, 0);
}

#[test]
fn other_bytes_than_were_applied_are_an_edit() {
    assert_eq!(
        judged(vec![row("20250101000000_first", "cc"), second()]),
        (vec![State::Edited, State::Applied], 12)
    );
}

#[test]
fn a_name_that_this_program_does_not_know_is_ahead() {
    let states = judged(vec![first(), second(), row("20300101000000_later", "dd")]);
    assert_eq!(states, (vec![State::Applied, State::Applied, State::Ahead], 13));
}

#[test]
fn an_older_migration_behind_an_applied_one_is_out_of_order() {
    assert_eq!(judged(vec![second()]), (vec![State::OutOfOrder, State::Applied], 14));
}

#[test]
fn a_failed_row_outranks_everything_but_a_running_migration() {
    let unfinished = Row { finished_at: None, ..foreign("20250101000000_first", "aa") };
    assert_eq!(judged(vec![unfinished, row("20300101000000_later", "dd")]).1, 11);
}

#[test]
fn the_mirror_is_compared_with_the_ledger() {
    let mirror = BTreeSet::from(["20250101000000".to_owned()]);
    let status = judge(KNOWN, &History { rows: vec![first(), second()], mirror }, None);
    assert_eq!((status.migrations[0].mirrored, status.migrations[1].mirrored), (true, false));
}

#[test]
fn other_bytes_of_the_former_tool_are_no_edit_but_have_to_be_taken_over() {
    let rows = vec![foreign("20250101000000_first", "cc"), second()];
    assert_eq!(judged(rows.clone()), (vec![State::NotTakenOver, State::Applied], 10));

    let mirror = BTreeSet::from(["20250101000000".to_owned(), "20260101000000".to_owned()]);
    let status = judge(KNOWN, &History { rows, mirror }, None);
    assert_eq!((status.migrations[0].state, status.exit_code()), (State::Adopted, 0));
}

#[test]
fn zero_steps_of_the_former_tool_are_resolved_once_taken_over() {
    let rows = vec![Row { applied_steps_count: 0, ..foreign("20250101000000_first", "cc") }, second()];
    let mirror = BTreeSet::from(["20250101000000".to_owned(), "20260101000000".to_owned()]);
    assert_eq!(judge(KNOWN, &History { rows, mirror }, None).migrations[0].state, State::Resolved);
}

#[test]
fn a_second_folder_with_a_version_is_a_duplicate_and_the_applied_one_is_not() {
    let known = [
        Known { name: "20250101000000_one", version: "20250101000000", checksum: "aa", whole: true },
        Known { name: "20250101000000_two", version: "20250101000000", checksum: "bb", whole: true },
    ];
    let states = |rows| {
        let status = judge(&known, &History { rows, mirror: BTreeSet::new() }, None);
        assert_eq!(status.exit_code(), 14);
        status.migrations.iter().map(|entry| entry.state).collect::<Vec<_>>()
    };
    assert_eq!(states(vec![]), [State::Pending, State::Duplicate]);
    assert_eq!(states(vec![row("20250101000000_two", "bb")]), [State::Duplicate, State::Applied]);
}

#[test]
fn drift_is_told_by_its_own_code() {
    let mut status = judge(KNOWN, &History { rows: vec![first(), second()], mirror: BTreeSet::new() }, None);
    status.drift = Some(vec!["plans: column price is missing".to_owned()]);
    assert_eq!(status.exit_code(), 15);
    assert!(status.to_string().contains("drift: plans: column price is missing"), "{status}");
}
