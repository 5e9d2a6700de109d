//! Elastic File System: files that many tasks share.
//!
//! ```
//! use belvedere::ec2::{SecurityGroup, Vpc};
//! use belvedere::efs::{AccessPoint, CreationInfo, FileSystem, PosixUser};
//! use belvedere::Stack;
//!
//! let mut stack = Stack::new("Storage");
//! let vpc = stack.add("Vpc", Vpc::new());
//! let files = stack.add("Files", FileSystem::new(&vpc).automatic_backups(true));
//! let dashboards = stack.add(
//!     "Dashboards",
//!     AccessPoint::new(&files)
//!         .posix_user(PosixUser::new(472, 472))
//!         .directory("/dashboards", CreationInfo::new(472, 472, 0o750)),
//! );
//! let service = stack.add("Service", SecurityGroup::new(&vpc));
//! stack.allow(&service, &files, FileSystem::PORT);
//! let _permissions = dashboards.read_write();
//! ```

mod access_point;
mod file_system;
mod file_system_ref;
mod lifecycle;

pub use access_point::{AccessPoint, AccessPointRef, CreationInfo, PosixUser};
pub use file_system::{ClientAccess, FileSystem, Throughput};
pub use file_system_ref::FileSystemRef;
pub use lifecycle::LifecyclePolicy;
