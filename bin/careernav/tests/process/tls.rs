//! Encrypted connections. The private cluster speaks over a local socket only, so a door of the test's own stands in
//! front of it, which speaks TLS as PostgreSQL does.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::given::Given;
use crate::running::{Running, said};

/// What a client sends that wants TLS: the length, and the code that stands for it.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A door whose certificate is for `name`; answers its port.
async fn door(given: &Given, authority: &CertifiedIssuer<'static, KeyPair>, name: &str) -> u16 {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let socket = socket_of(&given.url);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (acceptor, socket) = (acceptor.clone(), socket.clone());
            tokio::spawn(async move {
                let mut asked = [0; 8];
                client.read_exact(&mut asked).await.ok()?;
                // Whoever does not ask for TLS is shown the door.
                (asked == REQUEST).then_some(())?;
                client.write_all(b"S").await.ok()?;
                let mut inside = acceptor.accept(client).await.ok()?;
                let mut server = UnixStream::connect(socket).await.ok()?;
                copy_bidirectional(&mut inside, &mut server).await.ok()
            });
        }
    });
    port
}

/// The socket in an address `postgres://user@%2Fsome%2Ffolder/name`.
fn socket_of(url: &str) -> PathBuf {
    let folder = url.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    PathBuf::from(folder.replace("%2F", "/").replace("%2f", "/").replace("%2D", "-")).join(".s.PGSQL.5432")
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_and_the_server_speak_tls_and_verify_the_server() {
    let given = Given::database().await;
    let (known, unknown) = (authority(), authority());
    let file = |name: &str, pem: String| {
        let path = given.folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let (known_file, unknown_file) = (file("known.pem", known.pem()), file("unknown.pem", unknown.pem()));
    let right = door(&given, &known, "localhost").await;
    let wrong = door(&given, &known, "elsewhere.example.org").await;
    let user = given.url.split("://").nth(1).and_then(|rest| rest.split('@').next()).unwrap();
    let address =
        |port: u16, parameters: &str| format!("postgres://{user}@localhost:{port}/given?{parameters}");
    let run = |arguments: &[&str], url: String| said(given.command(arguments).env("DATABASE_URL", url));

    let trusted = address(right, &format!("sslmode=verify-full&sslrootcert={known_file}"));
    let (shown, error, code) = run(&["migrate", "deploy"], trusted.clone());
    assert_eq!(code, Some(0), "{shown}{error}");
    let (shown, error, code) = run(&["migrate", "verify"], trusted.clone());
    assert_eq!(code, Some(0), "{shown}{error}");

    // A scratch database is spoken to as its own address says.
    let (client, connection) = tokio_postgres::connect(&given.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE DATABASE spare TEMPLATE template0").await.unwrap();
    let spare = trusted.replace("/given?", "/spare?schema=public&");
    let (shown, error, code) = run(&["migrate", "verify", "--scratch", &spare], trusted.clone());
    assert_eq!(code, Some(0), "{shown}{error}");

    for url in [
        address(right, &format!("sslmode=require&sslrootcert={unknown_file}")),
        address(wrong, &format!("sslmode=verify-full&sslrootcert={known_file}")),
    ] {
        let (_, error, code) = run(&["migrate", "status"], url.clone());
        assert!(error.contains("certificate"), "{error}");
        assert_eq!(code, Some(20), "{error}");
        let (_, error, code) = run(&["serve", "--port", "0"], url);
        assert!(error.contains("certificate"), "{error}");
        assert_eq!(code, Some(20), "{error}");
    }
    let (_, error, code) = run(&["migrate", "status"], address(right, "sslmode=disable"));
    assert_eq!(code, Some(20), "{error}");

    let mut command = given.command(&["serve", "--port", "0"]);
    command.env("DATABASE_URL", trusted);
    let server = Running::serve(command);
    assert_eq!(server.get("/health/ready").await.0, 200);
    assert_eq!(server.get("/api/v1/plans").await.0, 200);
    server.signal(Signal::TERM);
    assert_eq!(server.end(), Some(0));
}
