//! The program itself, as Lambda runs it, against data processors that are well and that are not.

mod data_processor;
mod faults;
mod function;
mod metrics;
mod otlp;
mod requests;
mod runtime_api;
mod service;
mod start;
mod tls;
mod traces;
