//! What can be seen while it runs.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::load::Load;

const LIVE: Duration = Duration::from_millis(500);
const PLAIN: Duration = Duration::from_secs(5);

/// Tells how the run goes, until dropped: in one line that changes where stderr is a terminal, in a line of its own
/// every 5 s elsewhere.
pub(crate) async fn show(load: Arc<Load>) {
    let live = io::stderr().is_terminal();
    let bar = if live { bar(&load) } else { ProgressBar::hidden() };
    let period = if live { LIVE } else { PLAIN };
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut unexpected, mut last) = (0, Instant::now());
    loop {
        ticks.tick().await;
        let recent = load.recorder().recent();
        unexpected += recent.unexpected;
        let rate = recent.requests as f64 / last.elapsed().as_secs_f64();
        last = Instant::now();
        let p95 = recent.latencies.quantile(0.95).as_secs_f64() * 1000.0;
        let phase = phase(&load, last);
        let line = match load.is_cleaning() {
            true => format!("{phase}, {} left", load.pool().len()),
            false => {
                let in_flight = load.in_flight();
                format!("{phase}, {rate:.1}/s, p95 {p95:.1} ms, {in_flight} in flight, {unexpected} unexpected")
            }
        };
        if live {
            bar.set_position((last - load.schedule.start).as_millis() as u64);
            bar.set_message(line);
        } else {
            // Whoever closed stderr does not want to know.
            _ = writeln!(io::stderr().lock(), "{line}");
        }
    }
}

fn phase(load: &Load, now: Instant) -> String {
    let schedule = load.schedule;
    let seconds = |time: Instant| now.saturating_duration_since(time).as_secs();
    match schedule.end {
        _ if load.is_cleaning() => "deleting documents".into(),
        _ if now < schedule.measured => format!("warming up: {} s", seconds(schedule.start)),
        Some(end) if now >= end => "waiting for the last answers".into(),
        Some(end) => format!("{} of {} s", seconds(schedule.measured), (end - schedule.measured).as_secs()),
        None => format!("{} s", seconds(schedule.measured)),
    }
}

/// A bar for a run that has an end, a wheel for one that has none; it is wiped away when it is dropped.
fn bar(load: &Load) -> ProgressBar {
    let length = load.schedule.end.map(|end| (end - load.schedule.start).as_millis() as u64);
    let template = if length.is_some() { "{bar:20} {msg}" } else { "{spinner} {msg}" };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr()).with_style(style);
    bar.with_finish(indicatif::ProgressFinish::AndClear)
}
