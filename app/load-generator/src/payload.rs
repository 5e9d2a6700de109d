//! The bodies that are sent, bad ones among them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Sleep, sleep};

/// How long a body that will be given up stays open, so that what has been sent of it arrives.
const PAUSE: Duration = Duration::from_millis(20);

/// A body of known length: a piece, again and again, up to the end or to where it breaks off.
#[derive(Debug)]
pub(crate) struct Payload {
    piece: Bytes,
    length: u64,
    position: u64,
    end: End,
}

#[derive(Debug)]
enum End {
    Whole,
    Stall { at: u64 },
    Cut { at: u64, pause: Option<Pin<Box<Sleep>>> },
}

/// The error of a connection that was given up on purpose.
#[derive(Clone, Copy, Debug, Error)]
#[error("given up on purpose")]
pub(crate) struct GivenUp;

impl Payload {
    /// No body.
    pub(crate) fn empty() -> Self {
        Self::whole(Bytes::new())
    }

    /// The piece itself.
    pub(crate) fn whole(piece: impl Into<Bytes>) -> Self {
        let piece = piece.into();
        Self { length: piece.len() as u64, piece, position: 0, end: End::Whole }
    }

    /// So many bytes of white space, which take no memory.
    pub(crate) fn blank(length: u64) -> Self {
        Self { piece: Bytes::from_static(&[b' '; 65_536]), length, position: 0, end: End::Whole }
    }

    /// The piece of which only the first half is sent, and nothing more for as long as the other side waits.
    pub(crate) fn stalled(piece: impl Into<Bytes>) -> Self {
        let payload = Self::whole(piece);
        Self { end: End::Stall { at: payload.length / 2 }, ..payload }
    }

    /// The piece of which the first half is sent before the connection is given up, with the error [`GivenUp`].
    pub(crate) fn cut(piece: impl Into<Bytes>) -> Self {
        let payload = Self::whole(piece);
        Self { end: End::Cut { at: payload.length / 2, pause: None }, ..payload }
    }

    /// How many bytes of it are sent, unless something goes wrong.
    pub(crate) fn sent(&self) -> u64 {
        match self.end {
            End::Whole => self.length,
            End::Stall { at } | End::Cut { at, .. } => at,
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left = self.sent() - self.position;
        if left > 0 {
            let next = self.piece.slice(..self.piece.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
            self.position += next.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(next))));
        }
        match &mut self.end {
            End::Whole => Poll::Ready(None),
            End::Stall { .. } => Poll::Pending,
            End::Cut { pause, .. } => {
                ready!(pause.get_or_insert_with(|| Box::pin(sleep(PAUSE))).as_mut().poll(context));
                Poll::Ready(Some(Err(io::Error::other(GivenUp))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.position == self.length
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length - self.position)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_whole_body_is_sent_in_pieces() {
        let payload = Payload::blank(200_000);
        assert_eq!((payload.sent(), payload.size_hint().exact()), (200_000, Some(200_000)));
        let bytes = payload.collect().await.expect("a body").to_bytes();
        assert_eq!((bytes.len(), bytes.iter().all(|byte| *byte == b' ')), (200_000, true));
        assert!(Payload::empty().is_end_stream());
    }

    #[tokio::test]
    async fn a_stalled_body_ends_never() {
        let mut payload = Payload::stalled("0123456789");
        assert_eq!(payload.size_hint().exact(), Some(10));
        let half = payload.frame().await.expect("a half").expect("no error").into_data().expect("data");
        assert_eq!(half, "01234");
        assert!(tokio::time::timeout(Duration::from_millis(100), payload.frame()).await.is_err());
    }

    #[tokio::test]
    async fn fails_in_the_middle_of_a_cut_body() {
        let mut payload = Payload::cut("0123456789");
        assert_eq!(payload.frame().await.expect("a half").expect("no error").into_data().expect("data"), "01234");
        let error = payload.frame().await.expect("an error").expect_err("given up");
        assert!(error.get_ref().is_some_and(|error| error.is::<GivenUp>()), "{error:?}");
    }
}
