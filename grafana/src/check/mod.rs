//! What can be found out about a content without a server.

use crate::content::Content;
use crate::finding::Finding;

impl Content {
    /// Checks everything, and returns all that is wrong, less what is allowed.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        self.problems.clone()
    }
}
