//! The bodies that are sent, bad ones among them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Sleep, sleep};

/// How long the service has to refuse a body by its length before more than the first piece of it is sent.
const HESITATION: Duration = Duration::from_millis(100);
/// How long a body that will be given up stays open, so that what has been sent of it arrives.
const PAUSE: Duration = Duration::from_millis(20);

/// A body of known length: a piece, again and again, up to the end or to where it breaks off.
#[derive(Debug)]
pub(crate) struct Payload {
    piece: Bytes,
    length: u64,
    position: u64,
    manner: Manner,
    pause: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Copy, Debug)]
enum Manner {
    Whole,
    Hesitant,
    Stalled,
    Cut,
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
        Self { length: piece.len() as u64, piece, position: 0, manner: Manner::Whole, pause: None }
    }

    /// So many bytes of white space, which take no memory.
    ///
    /// A service that refuses it by its length need not read it, and may close the connection while it is still being
    /// sent; the answer is then lost. So the rest waits a little for a refusal, as with `Expect: 100-continue`.
    pub(crate) fn blank(length: u64) -> Self {
        Self { length, manner: Manner::Hesitant, ..Self::whole(Bytes::from_static(&[b' '; 16_384])) }
    }

    /// The piece of which only the first half is sent, and nothing more for as long as the other side waits.
    pub(crate) fn stalled(piece: impl Into<Bytes>) -> Self {
        Self { manner: Manner::Stalled, ..Self::whole(piece) }
    }

    /// The piece of which the first half is sent before the connection is given up, with the error [`GivenUp`].
    pub(crate) fn cut(piece: impl Into<Bytes>) -> Self {
        Self { manner: Manner::Cut, ..Self::whole(piece) }
    }

    /// How many bytes are sent before it stops, for a while or for ever.
    pub(crate) fn stop(&self) -> u64 {
        match self.manner {
            Manner::Whole => self.length,
            Manner::Hesitant => self.length.min(self.piece.len() as u64),
            Manner::Stalled | Manner::Cut => self.length / 2,
        }
    }

    fn wait(&mut self, time: Duration, context: &mut Context<'_>) -> Poll<()> {
        self.pause.get_or_insert_with(|| Box::pin(sleep(time))).as_mut().poll(context)
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.position == self.stop() {
            match self.manner {
                Manner::Whole => return Poll::Ready(None),
                Manner::Stalled => return Poll::Pending,
                Manner::Cut => {
                    ready!(self.wait(PAUSE, context));
                    return Poll::Ready(Some(Err(io::Error::other(GivenUp))));
                }
                Manner::Hesitant => {
                    ready!(self.wait(HESITATION, context));
                    self.manner = Manner::Whole;
                }
            }
        }
        let left = usize::try_from(self.stop() - self.position).unwrap_or(usize::MAX);
        let next = self.piece.slice(..self.piece.len().min(left));
        self.position += next.len() as u64;
        Poll::Ready((!next.is_empty()).then(|| Ok(Frame::data(next))))
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
        let mut payload = Payload::blank(200_000);
        assert_eq!(payload.size_hint().exact(), Some(200_000));
        let first = payload.frame().await.expect("a piece").expect("no error").into_data().expect("data");
        assert_eq!((first.len(), payload.size_hint().exact()), (16_384, Some(183_616)));
        assert!(tokio::time::timeout(HESITATION / 2, payload.frame()).await.is_err(), "it waits for a refusal");
        let bytes = payload.collect().await.expect("a body").to_bytes();
        assert_eq!((bytes.len(), bytes.iter().all(|byte| *byte == b' ')), (183_616, true));
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
