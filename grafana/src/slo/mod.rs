//! Objectives: what is promised, and what wakes somebody when it is being broken.
