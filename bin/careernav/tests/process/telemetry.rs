//! Spans go to the collector that is configured.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

use crate::running::{Running, careernav, folder};

/// Takes what is posted, for ever; answers its address and what comes.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (sender, posts) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            // Byte by byte up to the body, whose length the head tells.
            while !bytes.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).unwrap() == 0 {
                    break;
                }
                bytes.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&bytes).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
            stream.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (address, posts)
}

#[tokio::test]
async fn a_collector_is_told_of_requests_and_the_last_spans_arrive_at_the_end() {
    let (address, posts) = collector();
    let folder = folder();
    let mut command = careernav(folder.path());
    command.args(["up", "--port", "0"]).env("CAREERNAV__TELEMETRY__ENDPOINT", address);
    command.env("CAREERNAV__TELEMETRY__SERVICE", "careernav-under-test");
    let running = Running::start(command);
    assert_eq!(running.get("/api/v1/plans/1").await.0, 200);
    assert_eq!(running.interrupt(), Some(0));
    let told: Vec<(String, Vec<u8>)> = posts.try_iter().collect();
    assert!(told.iter().all(|(head, _)| head.starts_with("post /v1/traces")), "{:?}", told.first());
    let all: Vec<u8> = told.into_iter().flat_map(|(_, body)| body).collect();
    let text = String::from_utf8_lossy(&all);
    assert!(text.contains("careernav-under-test"), "the service is named");
    assert!(text.contains("GET /api/v1/plans/{id}"), "the request is told by its route");
}

#[tokio::test]
async fn a_collector_that_is_gone_stops_nobody() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = folder();
    let mut command = careernav(folder.path());
    command
        .args(["up", "--port", "0"])
        .env("CAREERNAV__TELEMETRY__ENDPOINT", format!("http://{gone}/v1/traces"));
    let running = Running::start(command);
    assert_eq!(running.get("/api/v1/plans").await.0, 200);
    assert_eq!(running.interrupt(), Some(0));
}
