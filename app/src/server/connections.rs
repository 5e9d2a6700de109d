//! All open connections of a server.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::ConnectionLimits;

/// All open connections of a server.
#[derive(Debug)]
pub(super) struct Connections {
    limits: ConnectionLimits,
    /// What times of connections are counted from.
    epoch: Instant,
    open: Mutex<HashMap<u64, Arc<Activity>>>,
    count: AtomicUsize,
    next: AtomicU64,
    /// One who waits for connections to end.
    ended: Notify,
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            epoch: Instant::now(),
            open: Mutex::default(),
            count: AtomicUsize::new(0),
            next: AtomicU64::new(0),
            ended: Notify::new(),
        }
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    /// Counts one more connection until what is returned is dropped.
    pub(super) fn open(self: &Arc<Self>) -> Open {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let activity = Arc::new(Activity::new(self.epoch));
        self.lock().insert(id, activity.clone());
        self.count.fetch_add(1, Ordering::Relaxed);
        Open { connections: self.clone(), activity, id }
    }

    /// Whether three quarters of the connections that there may be are open. From then on no connection is kept when it
    /// has been answered: one that waits in vain for room should not be kept out by those that are silent.
    pub(super) fn are_crowded(&self) -> bool {
        self.count.load(Ordering::Relaxed) > self.limits.connections / 4 * 3
    }

    /// Waits until another connection may be opened. One task at most may wait.
    pub(super) async fn have_room(&self) {
        while self.count.load(Ordering::Relaxed) >= self.limits.connections {
            self.ended.notified().await;
        }
    }

    /// Waits until no connection is open. One task at most may wait.
    pub(super) async fn are_gone(&self) {
        while self.count.load(Ordering::Relaxed) > 0 {
            self.ended.notified().await;
        }
    }

    /// Tells every connection what to do from now on.
    pub(super) fn order(&self, order: Order) {
        for activity in self.lock().values() {
            activity.order.store(order as u8, Ordering::Release);
            activity.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Activity>>> {
        // Nothing that could panic leaves the map half changed.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that counts as open.
#[derive(Debug)]
pub(super) struct Open {
    connections: Arc<Connections>,
    pub(super) activity: Arc<Activity>,
    id: u64,
}

impl Open {
    pub(super) fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.id);
        self.connections.count.fetch_sub(1, Ordering::Relaxed);
        self.connections.ended.notify_one();
    }
}

/// What a connection is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Go on.
    Serve = 0,
    /// End where no request is under way.
    CloseIdle = 1,
    /// End.
    Abort = 2,
}

/// What a connection is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was received yet.
    New = 0,
    /// The head of a request is being received.
    Head = 1,
    /// A request is being received or worked on.
    Request = 2,
    /// Every request was answered; the answer may still be on its way.
    Idle = 3,
    /// The last word was said; what the client still sends is thrown away.
    Lingering = 4,
}

/// What one connection is at, and since when. All but the order is of the connection's own task alone, which is why
/// nothing has to be ordered by it.
pub(super) struct Activity {
    phase: AtomicU8,
    epoch: Instant,
    /// In nanoseconds after the epoch.
    since: AtomicU64,
    order: AtomicU8,
    pub(super) waker: AtomicWaker,
}

impl Activity {
    fn new(epoch: Instant) -> Self {
        let activity = Self {
            phase: AtomicU8::new(Phase::New as u8),
            epoch,
            since: AtomicU64::new(0),
            order: AtomicU8::new(Order::Serve as u8),
            waker: AtomicWaker::new(),
        };
        activity.touch();
        activity
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::New,
            1 => Phase::Head,
            2 => Phase::Request,
            3 => Phase::Idle,
            _ => Phase::Lingering,
        }
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::Serve,
            1 => Order::CloseIdle,
            _ => Order::Abort,
        }
    }

    /// Takes note that the present phase began or went on now.
    pub(super) fn touch(&self) {
        let since = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.since.store(since, Ordering::Relaxed);
    }

    /// When the present phase began or last went on.
    pub(super) fn since(&self) -> Instant {
        self.epoch + Duration::from_nanos(self.since.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Activity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Activity").field("phase", &self.phase()).field("order", &self.order()).finish()
    }
}
