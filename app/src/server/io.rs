//! A socket that takes note of what passes through it.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;

use super::connections::{Activity, Phase};

/// A socket that takes note of what passes through it, and that does not close before the client has read what it was
/// told.
#[derive(Debug)]
pub(super) struct Io {
    stream: TokioIo<TcpStream>,
    activity: Arc<Activity>,
}

impl Io {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream: TokioIo::new(stream), activity }
    }

    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.activity.touch();
        }
        written
    }
}

impl Read for Io {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, room: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, room);
        if read.is_ready() && matches!(self.activity.phase(), Phase::New | Phase::Idle) {
            self.activity.set_phase(Phase::Head);
            self.activity.touch();
        }
        read
    }
}

impl Write for Io {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, data);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, data);
        self.wrote(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says that nothing more is sent, then reads until the client says so too.
    ///
    /// A socket that is closed with something unread in it resets the connection, and a reset makes the client's system
    /// throw away what it has not read yet: without this, a 413 is lost to a client that still sends the body
    /// ([RFC 9112](https://www.rfc-editor.org/rfc/rfc9112), 9.6). How long this may take is for the connection's task.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.activity.phase() != Phase::Lingering {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.activity.set_phase(Phase::Lingering);
            self.activity.touch();
        }
        let mut room = [MaybeUninit::uninit(); 8 * 1024];
        loop {
            let mut buffer = ReadBuf::uninit(&mut room);
            ready!(Pin::new(self.stream.inner_mut()).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
