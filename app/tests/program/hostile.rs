//! Ten thousand hostile requests.
