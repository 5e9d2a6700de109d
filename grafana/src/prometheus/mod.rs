//! Recording and alerting rules of Prometheus, and their tests.
