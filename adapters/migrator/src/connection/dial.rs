//! Opens the socket, and TLS over it where it was asked for.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::Host;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::wire::{Tap, Wire};
use crate::error::MigratorError;

/// Where the address names no other.
const PORT: u16 = 5432;

/// How long a host may take to answer where the address does not say.
const PATIENCE: Duration = Duration::from_secs(15);

/// Connects to the first host of the address that answers.
pub(super) async fn connect(
    config: &Config,
    tls: Option<&Arc<ClientConfig>>,
    wire: &Wire,
) -> Result<AsyncPgConnection, MigratorError> {
    let (socket, host) = dial(config).await.map_err(|error| MigratorError::no_connection(&error))?;
    let refused = |error: tokio_postgres::Error| MigratorError::no_connection(&error);
    let client = if let Some(tls) = tls {
        let mut maker = MakeRustlsConnect::new(tls.as_ref().clone());
        let Ok(inner) = MakeTlsConnect::<Socket>::make_tls_connect(&mut maker, &host);
        let heard = TappedConnect { inner, wire: wire.clone() };
        let (client, connection) = config.connect_raw(socket, heard).await.map_err(refused)?;
        // How the connection ends is told by whatever statement meets its end.
        tokio::spawn(async move { drop(connection.await) });
        client
    } else {
        let socket = Tap::new(socket, wire.clone());
        let (client, connection) = config.connect_raw(socket, NoTls).await.map_err(refused)?;
        tokio::spawn(async move { drop(connection.await) });
        client
    };
    AsyncPgConnection::try_from(client).await.map_err(|error| MigratorError::no_connection(&error))
}

/// A TCP or a local socket.
enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

async fn dial(config: &Config) -> io::Result<(Socket, String)> {
    let patience = config.get_connect_timeout().copied().unwrap_or(PATIENCE);
    let ports = config.get_ports();
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "the address names no host");
    for (index, host) in config.get_hosts().iter().enumerate() {
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(PORT);
        let attempt = async {
            match host {
                Host::Tcp(name) => {
                    let stream = match config.get_hostaddrs().get(index) {
                        Some(address) => TcpStream::connect((*address, port)).await?,
                        None => TcpStream::connect((name.as_str(), port)).await?,
                    };
                    stream.set_nodelay(true)?;
                    Ok((Socket::Tcp(stream), name.clone()))
                }
                Host::Unix(folder) => {
                    let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await?;
                    Ok::<_, io::Error>((Socket::Unix(stream), String::new()))
                }
            }
        };
        match tokio::time::timeout(patience, attempt).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(error)) => failure = at(host, port, error.kind(), &error.to_string()),
            Err(_) => failure = at(host, port, io::ErrorKind::TimedOut, "the host does not answer"),
        }
    }
    Err(failure)
}

/// A failure with the place where it happened.
fn at(host: &Host, port: u16, kind: io::ErrorKind, what: &str) -> io::Error {
    let place = match host {
        Host::Tcp(name) => format!("{name}:{port}"),
        Host::Unix(folder) => folder.join(format!(".s.PGSQL.{port}")).display().to_string(),
    };
    io::Error::new(kind, format!("{place}: {what}"))
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// Makes the encrypted stream and listens above the encryption.
struct TappedConnect<C> {
    inner: C,
    wire: Wire,
}

type Handshake<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

impl<S, C> TlsConnect<S> for TappedConnect<C>
where
    C: TlsConnect<S>,
    C::Future: Send + 'static,
    C::Stream: 'static,
    C::Error: 'static,
{
    type Stream = Tap<C::Stream>;
    type Error = C::Error;
    type Future = Handshake<Self::Stream, Self::Error>;

    fn connect(self, stream: S) -> Self::Future {
        let Self { inner, wire } = self;
        let handshake = inner.connect(stream);
        Box::pin(async move { Ok(Tap::new(handshake.await?, wire)) })
    }
}

impl<T: TlsStream + Unpin> TlsStream for Tap<T> {
    fn channel_binding(&self) -> ChannelBinding {
        self.inner().channel_binding()
    }
}
