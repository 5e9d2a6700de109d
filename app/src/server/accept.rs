//! Accepting connections, and ceasing to.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;

/// The connections that may wait to be accepted. The system's own bound, `net.core.somaxconn`, is as large in Linux.
const BACKLOG: u32 = 4096;

/// Listens on `address`, with room for many connections to wait: those that come faster than they are accepted would
/// otherwise try again after a second.
///
/// # Errors
/// The address is taken, or not one of this host. Call it within the runtime.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As connections of the process before may still be ending.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// For how long nothing is accepted after the system had no means left: what is open may end meanwhile.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the same trouble is told.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Accepts connections.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: TcpListener,
    told: Option<Instant>,
}

impl Acceptor {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, told: None }
    }

    /// The next connection. It can be given up waiting for without losing one.
    pub(super) async fn next(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) if of_the_connection(&error) => (),
                Err(error) => {
                    if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
                        self.told = Some(Instant::now());
                        tracing::warn!(%error, "cannot accept connections at the moment");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// A connection that is there already, or nothing.
    pub(super) fn waiting(&mut self) -> Option<(TcpStream, SocketAddr)> {
        loop {
            match self.listener.accept().now_or_never()? {
                Ok(accepted) => return Some(accepted),
                Err(error) if of_the_connection(&error) => (),
                Err(_) => return None,
            }
        }
    }

    /// Lets no further handshake begin, while those that have begun still end with a connection.
    ///
    /// A listener that is closed resets whatever is in its queue: clients to whom the system has confirmed a connection,
    /// and who may have sent a request. Whom it does not answer tries again after a second, and is refused then.
    #[cfg(target_os = "linux")]
    pub(super) fn refuse(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.listener).attach_filter(&syn_filter())
    }

    /// Does nothing: this system has no means for it.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn refuse(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether an error concerns one connection that ended before it was accepted, and not the listener.
fn of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// A program of the kernel's packet filter that drops segments with the SYN flag: the 14th byte of a TCP header, which
/// is where a socket's filter begins to count, holds the flags.
#[cfg(target_os = "linux")]
fn syn_filter() -> [socket2::SockFilter; 4] {
    use libc::{BPF_ABS, BPF_B, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET};
    const SYN: u32 = 0x02;
    const FLAGS: u32 = 13;
    let instruction = |code: u32, jump_true, jump_false, operand| {
        #[expect(clippy::cast_possible_truncation, reason = "operation codes have 16 bits")]
        socket2::SockFilter::new(code as u16, jump_true, jump_false, operand)
    };
    [
        instruction(BPF_LD | BPF_B | BPF_ABS, 0, 0, FLAGS),
        instruction(BPF_JMP | BPF_JSET | BPF_K, 0, 1, SYN),
        instruction(BPF_RET | BPF_K, 0, 0, 0),
        instruction(BPF_RET | BPF_K, 0, 0, u32::MAX),
    ]
}
