//! What a container may do to the kernel: capabilities, limits, restarts.

use std::time::Duration;

use belvedere_cfn::ecs::task_definition;

use crate::scope::Scope;

/// A Linux capability that containers have unless it is dropped.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Capability {
    /// All of them. What most programs that do not run as root can do without.
    All,
    /// Writing to the kernel's audit log.
    AuditWrite,
    /// Giving files to other users.
    Chown,
    /// Reading and writing any file.
    DacOverride,
    /// Doing to any file what its owner may.
    Fowner,
    /// Keeping the set-user-id bits of a changed file.
    Fsetid,
    /// Signalling any process.
    Kill,
    /// Making device files.
    Mknod,
    /// Listening on ports below 1,024.
    NetBindService,
    /// Opening raw sockets.
    NetRaw,
    /// Giving files capabilities.
    Setfcap,
    /// Becoming another group.
    Setgid,
    /// Giving capabilities to other processes.
    Setpcap,
    /// Becoming another user.
    Setuid,
    /// Changing the root directory.
    SysChroot,
}

impl Capability {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::AuditWrite => "AUDIT_WRITE",
            Self::Chown => "CHOWN",
            Self::DacOverride => "DAC_OVERRIDE",
            Self::Fowner => "FOWNER",
            Self::Fsetid => "FSETID",
            Self::Kill => "KILL",
            Self::Mknod => "MKNOD",
            Self::NetBindService => "NET_BIND_SERVICE",
            Self::NetRaw => "NET_RAW",
            Self::Setfcap => "SETFCAP",
            Self::Setgid => "SETGID",
            Self::Setpcap => "SETPCAP",
            Self::Setuid => "SETUID",
            Self::SysChroot => "SYS_CHROOT",
        }
    }
}

/// A resource that the kernel limits for each process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UlimitName {
    /// The size of a core dump, in bytes.
    Core,
    /// CPU time, in seconds.
    Cpu,
    /// The data segment, in bytes.
    Data,
    /// The size of a written file, in bytes.
    Fsize,
    /// File locks.
    Locks,
    /// Memory that cannot be swapped, in bytes.
    Memlock,
    /// POSIX message queues, in bytes.
    Msgqueue,
    /// The highest nice value.
    Nice,
    /// Open files. Fargate sets 65,535 unless it is given here.
    Nofile,
    /// Processes of the user.
    Nproc,
    /// The resident set, in bytes.
    Rss,
    /// The highest real-time priority.
    Rtprio,
    /// CPU time of a real-time process, in microseconds.
    Rttime,
    /// Pending signals.
    Sigpending,
    /// The stack, in bytes.
    Stack,
}

impl UlimitName {
    const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Cpu => "cpu",
            Self::Data => "data",
            Self::Fsize => "fsize",
            Self::Locks => "locks",
            Self::Memlock => "memlock",
            Self::Msgqueue => "msgqueue",
            Self::Nice => "nice",
            Self::Nofile => "nofile",
            Self::Nproc => "nproc",
            Self::Rss => "rss",
            Self::Rtprio => "rtprio",
            Self::Rttime => "rttime",
            Self::Sigpending => "sigpending",
            Self::Stack => "stack",
        }
    }
}

/// A limit on a resource: the soft one holds, and a process may raise it up to the hard one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ulimit {
    pub(super) name: UlimitName,
    pub(super) soft: u32,
    pub(super) hard: u32,
}

impl Ulimit {
    pub(super) fn render(self, scope: &mut Scope<'_>) -> task_definition::Ulimit {
        let Self { name, soft, hard } = self;
        if soft > hard {
            scope.problem(format!(
                "the limit `{}`: the soft limit must not be above the hard one, got {soft} and {hard}",
                name.name()
            ));
        }
        task_definition::Ulimit::new(hard, name.name(), soft)
    }
}

/// Restarts of one container inside a running task.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestartPolicy {
    ignored_exit_codes: Vec<u8>,
    attempt_period: Option<Duration>,
}

impl RestartPolicy {
    /// Restarts the container whenever it ends, once it has run for five minutes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves the container down where it ends with one of these codes, at most 50 of them. None by default.
    #[must_use]
    pub fn ignored_exit_codes(mut self, codes: impl IntoIterator<Item = u8>) -> Self {
        self.ignored_exit_codes.extend(codes);
        self
    }

    /// How long the container must have run before it is restarted: 60 to 1,800 s. 300 s by default.
    #[must_use]
    pub const fn attempt_period(mut self, period: Duration) -> Self {
        self.attempt_period = Some(period);
        self
    }

    pub(super) fn render(self, scope: &mut Scope<'_>) -> task_definition::RestartPolicy {
        let mut policy = task_definition::RestartPolicy::new().enabled(true);
        if !self.ignored_exit_codes.is_empty() {
            let count = self.ignored_exit_codes.len();
            if count > 50 {
                scope.problem(format!("a restart policy takes at most 50 exit codes, got {count}"));
            }
            policy = policy.ignored_exit_codes(self.ignored_exit_codes);
        }
        if let Some(period) = self.attempt_period {
            let seconds = period.as_secs();
            if !(60..=1_800).contains(&seconds) {
                scope.problem(format!("the restart policy's attempt_period must be 60 to 1800 s, got {seconds} s"));
            }
            policy = policy.restart_attempt_period(i64::try_from(seconds).unwrap_or(i64::MAX));
        }
        policy
    }
}
