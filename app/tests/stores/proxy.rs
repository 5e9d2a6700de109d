//! The network between a store and its system.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the network does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Network {
    /// It connects.
    Up,
    /// It closes every connection, those that were open too.
    Down,
    /// What comes back takes this long.
    Slow(Duration),
    /// Someone answers this to every request.
    Answers(Arc<str>),
}

/// A proxy on a port of its own.
pub(crate) struct Proxy {
    port: u16,
    network: watch::Sender<Network>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let own = listener.local_addr().expect("it is bound").port();
        let (network, changes) = watch::channel(Network::Up);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connect(client, SocketAddr::from(([127, 0, 0, 1], port)), changes.clone()));
            }
        });
        Self { port: own, network, task }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Changes what the network does. Connections that are open are closed.
    pub(crate) fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connect(mut client: TcpStream, server: SocketAddr, mut changes: watch::Receiver<Network>) {
    let network = changes.borrow_and_update().clone();
    let serve = async {
        match network {
            Network::Down => {}
            Network::Answers(answer) => {
                let mut request = [0; 65536];
                while client.read(&mut request).await.is_ok_and(|read| read > 0) {
                    if client.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            }
            Network::Up | Network::Slow(_) => {
                let Ok(mut server) = TcpStream::connect(server).await else { return };
                if let Network::Slow(delay) = network {
                    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                        (client.split(), server.split());
                    let back = async {
                        let mut part = [0; 65536];
                        while let Ok(read @ 1..) = from_server.read(&mut part).await {
                            tokio::time::sleep(delay).await;
                            if to_client.write_all(&part[..read]).await.is_err() {
                                break;
                            }
                        }
                    };
                    _ = tokio::join!(tokio::io::copy(&mut from_client, &mut to_server), back);
                } else {
                    _ = copy_bidirectional(&mut client, &mut server).await;
                }
            }
        }
    };
    tokio::select! {
        () = serve => {}
        _ = changes.changed() => {}
    }
}
