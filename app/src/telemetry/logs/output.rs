//! Where lines are written, by a thread of its own.

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// The bytes of lines that wait at most: some two thousand lines. More are dropped rather than waited for, as a reader
/// that has stopped reading must not stop the service.
const ROOM: usize = 1 << 20;
/// How long the thread gathers lines before it writes them: who follows a log does not notice, and the service is not
/// interrupted for each line.
const GATHER: Duration = Duration::from_millis(20);
/// For how long the end waits for the last lines: nobody may be reading.
const LAST: Duration = Duration::from_secs(1);

/// Where lines are written.
#[derive(Clone)]
pub(crate) struct Output(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    dropped: u64,
    ending: bool,
    ended: bool,
}

impl Output {
    pub(crate) fn stdout() -> io::Result<Self> {
        Self::new(io::stdout())
    }

    pub(crate) fn new(writer: impl Write + Send + 'static) -> io::Result<Self> {
        let output = Self(Arc::default());
        let waiting = output.0.clone();
        thread::Builder::new().name("log-writer".into()).spawn(move || waiting.write_to(writer))?;
        Ok(output)
    }

    /// The number of lines that were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.0.state().dropped
    }

    /// Has the last lines written, and no more after them. Waits for a second at most.
    pub(crate) fn end(&self) {
        let mut state = self.0.state();
        state.ending = true;
        self.0.changed.notify_all();
        let ended = self.0.changed.wait_timeout_while(state, LAST, |state| !state.ended);
        drop(ended.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Waiting {
    /// A thread that panicked has left whole lines: they are appended at once.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut writer: impl Write) {
        let mut lines = Vec::new();
        loop {
            let mut state = self.state();
            while state.lines.is_empty() && !state.ending {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if !state.ending {
                let gathered = self.changed.wait_timeout_while(state, GATHER, |state| !state.ending);
                (state, _) = gathered.unwrap_or_else(PoisonError::into_inner);
            }
            mem::swap(&mut state.lines, &mut lines);
            let ending = state.ending;
            drop(state);
            // Where stdout is closed there is nobody to tell.
            _ = writer.write_all(&lines).and_then(|()| writer.flush());
            lines.clear();
            if ending {
                self.state().ended = true;
                self.changed.notify_all();
                return;
            }
        }
    }
}

impl Write for Output {
    /// Takes one line, or drops it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        let first = state.lines.is_empty();
        if state.ending || state.lines.len() + line.len() > ROOM {
            state.dropped += 1;
        } else {
            state.lines.extend_from_slice(line);
        }
        drop(state);
        if first {
            self.0.changed.notify_all();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Output {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Output").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, SyncSender};
    use std::time::Instant;

    use super::*;

    /// Tells what is written, and waits until that is taken.
    struct Told(SyncSender<Vec<u8>>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn output() -> (Output, Receiver<Vec<u8>>) {
        let (sender, receiver) = mpsc::sync_channel(0);
        (Output::new(Told(sender)).expect("a thread"), receiver)
    }

    fn write(output: &Output, line: &[u8]) {
        output.make_writer().write_all(line).expect("a line is taken or dropped");
    }

    #[test]
    fn lines_are_written_in_order_and_together() {
        let (output, receiver) = output();
        for line in ["one\n", "two\n", "three\n"] {
            write(&output, line.as_bytes());
        }
        assert_eq!(receiver.recv().expect("it is written"), b"one\ntwo\nthree\n");
        write(&output, b"four\n");
        assert_eq!(receiver.recv().expect("it is written"), b"four\n");
        assert_eq!(output.dropped(), 0);
    }

    #[test]
    fn the_end_writes_what_waits_at_once() {
        let (output, receiver) = output();
        write(&output, b"last\n");
        let reader = thread::spawn(move || receiver.recv());
        output.end();
        assert_eq!(reader.join().expect("no panic").expect("it is written"), b"last\n");
        write(&output, b"too late\n");
        assert_eq!(output.dropped(), 1);
    }

    #[test]
    fn nobody_is_waited_for() {
        let (output, receiver) = output();
        let line = [b'x'; 1 << 10];
        write(&output, &line);
        // Taken by the thread, which now waits for a reader.
        while !output.0.state().lines.is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        for _ in 0..1100 {
            write(&output, &line);
        }
        assert_eq!(output.dropped(), 1100 - 1024);
        let begin = Instant::now();
        output.end();
        assert!(begin.elapsed() < 5 * LAST);
        drop(receiver);
    }

    #[test]
    fn a_writer_that_fails_is_tried_again() {
        struct Failing(SyncSender<Vec<u8>>, bool);
        impl Write for Failing {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                if !mem::replace(&mut self.1, true) {
                    return Err(io::Error::other("once"));
                }
                self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (sender, receiver) = mpsc::sync_channel(8);
        let output = Output::new(Failing(sender, false)).expect("a thread");
        let end = Instant::now() + Duration::from_secs(10);
        while receiver.try_recv().is_err() {
            assert!(Instant::now() < end);
            write(&output, b"line\n");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
