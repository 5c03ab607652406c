//! What is refused, and with which sentence.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use adapter_embedded::{Binaries, Cluster, EmbeddedError, Options};

use super::observing::{folder, options, start};
use super::stand_in::StandIn;
use crate::support::cluster::binaries;

#[test]
fn a_second_instance_on_the_same_folder_is_refused_and_the_first_named() {
    let folder = folder();
    let first = start(folder.path());
    let error = Cluster::start(&binaries(), &options(folder.path())).expect_err("a refusal");
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");

    // So is one in another process; and the refused ones did the first no harm.
    let said = StandIn::attempt(folder.path(), &[]).err().expect("a refusal");
    assert!(said.contains(&format!("process {}, already runs", std::process::id())), "{said}");
    let server = first.server_pid();
    assert!(server.is_some());
    first.stop().expect("a stop");
    start(folder.path()).stop().expect("the folder is free again");
}

#[test]
fn data_of_another_major_version_are_refused_and_left_alone() {
    let folder = folder();
    start(folder.path()).stop().expect("a stop");
    let version = folder.path().join("cluster/data/PG_VERSION");
    fs::write(&version, "9.6\n").expect("a file");
    let error = Cluster::start(&binaries(), &options(folder.path())).expect_err("a refusal");
    assert!(matches!(error, EmbeddedError::WrongVersion { .. }), "{error}");
    assert!(error.to_string().contains("made by PostgreSQL 9.6"), "{error}");
    fs::write(&version, format!("{}\n", binaries().major())).expect("a file");
    start(folder.path()).stop().expect("with the right version it starts");
}

#[test]
fn a_server_that_cannot_start_says_why_in_the_words_of_its_log() {
    let folder = folder();
    let wrong = options(folder.path()).with("shared_buffers", "1000000GB");
    let error = Cluster::start(&binaries(), &wrong).expect_err("a refusal");
    assert!(matches!(error, EmbeddedError::Start { .. }), "{error}");
    assert!(error.to_string().contains("shared_buffers"), "{error}");
    start(folder.path()).stop().expect("with sensible settings it starts");
}

#[test]
fn where_even_the_temporary_folder_is_too_deep_for_a_socket_the_limit_is_named() {
    let folder = folder();
    let deep = folder.path().join("t".repeat(120));
    fs::create_dir(&deep).expect("a folder");
    fs::set_permissions(&deep, fs::Permissions::from_mode(0o711)).expect("permissions");
    let deep = deep.to_str().expect("a path");
    let said = StandIn::attempt(std::path::Path::new(deep), &[("TMPDIR", deep)]).err().expect("a refusal");
    assert!(said.contains("bytes, more than the 10"), "{said}");
}

#[test]
fn a_folder_without_the_binaries_is_not_taken_for_one_that_has_them() {
    let folder = folder();
    assert_eq!(Binaries::at(folder.path()), None);
    fs::write(folder.path().join("postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'\n")
        .expect("a file");
    assert_eq!(Binaries::at(folder.path()), None);
}

#[test]
fn root_is_told_which_folder_keeps_the_servers_user_out() {
    if !runs_as_root() {
        return;
    }
    let folder = folder();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).expect("a folder");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("permissions");
    let error =
        Cluster::start(&binaries(), &Options::throwaway(closed.join("cluster"))).expect_err("a refusal");
    assert!(matches!(error, EmbeddedError::NotTraversable { .. }), "{error}");
    assert!(error.to_string().contains("closed"), "{error}");
}

#[test]
fn a_user_id_without_a_name_is_told_what_is_wrong_with_it() {
    const NAMELESS: u32 = 54_321;
    if !runs_as_root() {
        return;
    }
    let folder = folder();
    chown(folder.path(), Some(NAMELESS), None).expect("another owner");
    let said = StandIn::attempt_as(NAMELESS, folder.path()).err().expect("a refusal");
    assert!(said.contains("user id 54321 has no entry in the password file"), "{said}");
}

#[test]
fn data_that_root_handed_to_the_servers_user_are_not_open_to_a_third() {
    const SOMEBODY: u32 = 54_322;
    if !runs_as_root() {
        return;
    }
    let folder = folder();
    start(folder.path()).stop().expect("a stop");
    let said = StandIn::attempt_as(SOMEBODY, folder.path()).err().expect("a refusal");
    assert!(said.contains("not to this process's user id 54322"), "{said}");
}

fn runs_as_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("the program id");
    output.stdout == b"0\n"
}
