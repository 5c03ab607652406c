//! Kill -9 of the server, of the application, of both; whatever was running, the next start finds the data and no
//! process is left behind.

use std::fs;
use std::process::{Command, Stdio};

use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::observing::{eventually, folder, kill_9, note, number, processes_in, start, write_note};
use super::stand_in::StandIn;

#[tokio::test]
async fn a_stop_ends_open_sessions_and_leaves_no_process() {
    let folder = folder();
    let cluster = start(folder.path());
    let session = AsyncPgConnection::establish(&cluster.url("postgres")).await.expect("a session");
    assert!(processes_in(folder.path()).len() > 3);
    cluster.stop().expect("a stop");
    assert_eq!(processes_in(folder.path()), [0_u32; 0]);
    drop(session);
}

#[tokio::test]
async fn dropping_the_cluster_stops_it_as_well() {
    let folder = folder();
    drop(start(folder.path()));
    assert_eq!(processes_in(folder.path()), [0_u32; 0]);
}

#[tokio::test]
async fn a_killed_server_comes_back_by_itself_and_keeps_what_was_committed() {
    let folder = folder();
    let cluster = start(folder.path());
    let url = cluster.url("postgres");
    write_note(&url, 7).await;
    for _ in 0..2 {
        let killed = cluster.server_pid().expect("a server");
        kill_9(killed);
        eventually("another server runs", || cluster.server_pid().is_some_and(|pid| pid != killed));
        assert_eq!(note(&url).await, 7);
    }
    cluster.stop().expect("a stop");
    assert_eq!(processes_in(folder.path()), [0_u32; 0]);
}

#[tokio::test]
async fn a_killed_child_of_the_server_does_not_end_the_cluster() {
    let folder = folder();
    let cluster = start(folder.path());
    let server = cluster.server_pid().expect("a server");
    let children = processes_in(folder.path()).into_iter().filter(|pid| *pid != server);
    let child = children.max().expect("a child of the server");
    kill_9(child);
    eventually("the child is gone", || !processes_in(folder.path()).contains(&child));
    assert_eq!(number(&cluster.url("postgres"), "1 + 1").await, 2);
    assert_eq!(cluster.server_pid(), Some(server));
}

#[tokio::test]
async fn the_terminals_interrupt_does_not_reach_the_server() {
    let folder = folder();
    let server = start(folder.path());
    let pid = server.server_pid().expect("a server");
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("its state");
    let (_, fields) = stat.rsplit_once(')').expect("its name in brackets");
    // After the name come the state, the parent and the process group, to which a terminal sends its signals.
    let group = fields.split_whitespace().nth(2).expect("its group");
    assert_eq!(group, pid.to_string());
}

#[tokio::test]
async fn a_stop_while_the_server_is_being_restarted_ends_in_order() {
    let folder = folder();
    let cluster = start(folder.path());
    kill_9(cluster.server_pid().expect("a server"));
    cluster.stop().expect("a stop");
    assert_eq!(processes_in(folder.path()), [0_u32; 0]);
}

#[tokio::test]
async fn a_killed_application_takes_its_server_with_it_where_the_system_can_tell() {
    let folder = folder();
    let application = StandIn::start(folder.path());
    write_note(&application.url, 11).await;
    application.kill_9();
    eventually("the server has shut down", || processes_in(folder.path()).is_empty());
    assert_eq!(note(&start(folder.path()).url("postgres")).await, 11);
}

#[tokio::test]
async fn a_start_right_after_the_applications_death_need_not_wait_for_anybody() {
    let folder = folder();
    let application = StandIn::start(folder.path());
    write_note(&application.url, 12).await;
    application.kill_9();
    assert_eq!(note(&start(folder.path()).url("postgres")).await, 12);
}

#[tokio::test]
async fn an_orphaned_server_is_ended_and_replaced_by_the_next_start() {
    let folder = folder();
    let application = StandIn::start_without_death_signal(folder.path());
    let orphan = application.server;
    write_note(&application.url, 13).await;
    application.kill_9();
    assert!(processes_in(folder.path()).contains(&orphan), "the server lives on without its application");

    let cluster = start(folder.path());
    assert_ne!(cluster.server_pid(), Some(orphan));
    assert!(!processes_in(folder.path()).contains(&orphan));
    assert_eq!(note(&cluster.url("postgres")).await, 13);
}

#[tokio::test]
async fn what_a_dead_orphan_leaves_running_does_not_hinder_the_next_start() {
    let folder = folder();
    let application = StandIn::start_without_death_signal(folder.path());
    let orphan = application.server;
    write_note(&application.url, 14).await;
    application.kill_9();
    kill_9(orphan);
    // The server's children notice its death by themselves; a new server must not start beside them.
    assert_eq!(note(&start(folder.path()).url("postgres")).await, 14);
}

#[tokio::test]
async fn after_the_death_of_both_the_next_start_recovers() {
    let folder = folder();
    let application = StandIn::start(folder.path());
    write_note(&application.url, 15).await;
    let server = application.server;
    kill_9(server);
    application.kill_9();
    assert_eq!(note(&start(folder.path()).url("postgres")).await, 15);
}

#[tokio::test]
async fn an_application_told_to_stop_leaves_nothing_but_its_data() {
    let folder = folder();
    let application = StandIn::start(folder.path());
    write_note(&application.url, 16).await;
    application.stop();
    assert_eq!(processes_in(folder.path()), [0_u32; 0]);
    assert!(!folder.path().join("cluster/data/postmaster.pid").exists());
}

#[tokio::test]
async fn a_recorded_process_id_that_now_belongs_to_another_program_is_left_alone() {
    let folder = folder();
    let application = StandIn::start(folder.path());
    write_note(&application.url, 17).await;
    let server = application.server;
    kill_9(server);
    application.kill_9();
    eventually("the server is gone", || processes_in(folder.path()).is_empty());

    // It waits for its input, which ends at the latest with this process.
    let mut stranger = Command::new("cat").stdin(Stdio::piped()).spawn().expect("a process");
    record(folder.path(), stranger.id());
    assert_eq!(note(&start(folder.path()).url("postgres")).await, 17);
    assert!(stranger.try_wait().expect("a look").is_none(), "the stranger still runs");
    drop(stranger.stdin.take());
    stranger.wait().expect("its end");
}

#[tokio::test]
async fn a_recorded_process_id_that_now_belongs_to_another_folders_server_is_left_alone() {
    let (folder, other) = (folder(), folder());
    let neighbour = start(other.path());
    start(folder.path()).stop().expect("a stop");
    let theirs = other.path().join("cluster/data/postmaster.pid");
    fs::copy(theirs, folder.path().join("cluster/data/postmaster.pid")).expect("a copy");

    let cluster = start(folder.path());
    assert_ne!(cluster.server_pid(), neighbour.server_pid());
    assert_eq!(number(&neighbour.url("postgres"), "1 + 1").await, 2);
    assert_eq!(number(&cluster.url("postgres"), "1 + 1").await, 2);
}

#[tokio::test]
async fn a_zombie_counts_as_dead() {
    let folder = folder();
    start(folder.path()).stop().expect("a stop");
    let mut zombie = Command::new("true").spawn().expect("a process");
    eventually("the process is a zombie", || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", zombie.id())).expect("its state");
        stat.contains(") Z ")
    });
    let line = format!("{}\n", zombie.id());
    fs::write(folder.path().join("cluster/data/postmaster.pid"), line).expect("a file");
    let cluster = start(folder.path());
    assert_eq!(number(&cluster.url("postgres"), "1 + 1").await, 2);
    zombie.wait().expect("its end");
}

#[tokio::test]
async fn an_empty_record_of_a_server_does_not_stop_the_next_one() {
    let folder = folder();
    start(folder.path()).stop().expect("a stop");
    fs::write(folder.path().join("cluster/data/postmaster.pid"), "").expect("a file");
    assert_eq!(number(&start(folder.path()).url("postgres"), "1 + 1").await, 2);
}

/// Writes another process id into the record that a killed server has left.
fn record(below: &std::path::Path, pid: u32) {
    let path = below.join("cluster/data/postmaster.pid");
    let said = fs::read_to_string(&path).expect("a record");
    let (_, rest) = said.split_once('\n').expect("several lines");
    fs::write(&path, format!("{pid}\n{rest}")).expect("a record");
}
