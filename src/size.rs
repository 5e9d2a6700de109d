//! [`Size`]: an amount of memory or storage.

/// An amount of memory or storage, so that no name has to carry a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    mebibytes: u64,
}

impl Size {
    /// An amount in MiB (1,048,576 bytes).
    #[must_use]
    pub const fn mebibytes(amount: u64) -> Self {
        Self { mebibytes: amount }
    }

    /// An amount in GiB (1,024 MiB).
    #[must_use]
    pub const fn gibibytes(amount: u64) -> Self {
        Self { mebibytes: amount * 1024 }
    }

    /// An amount in TiB (1,024 GiB).
    #[must_use]
    pub const fn tebibytes(amount: u64) -> Self {
        Self { mebibytes: amount * 1024 * 1024 }
    }

    /// Returns the amount in MiB.
    #[must_use]
    pub const fn to_mebibytes(self) -> u64 {
        self.mebibytes
    }

    /// Returns the amount in GiB, if it is a whole number of them.
    #[must_use]
    pub const fn to_gibibytes(self) -> Option<u64> {
        if self.mebibytes.is_multiple_of(1024) { Some(self.mebibytes / 1024) } else { None }
    }
}
