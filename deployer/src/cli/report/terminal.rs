//! One live view over all stacks.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::line::{line, operation_word, time};
use super::progress::Progress;
use crate::cli::asking::Asking;
use crate::{AssetState, Event, Question, Report, StackResult};

/// A line that moves for each stack that is worked on; what is over scrolls above them.
pub(super) struct TerminalReport {
    view: MultiProgress,
    stacks: BTreeMap<String, Shown>,
    asking: Asking,
    color: bool,
    width: usize,
}

struct Shown {
    bar: ProgressBar,
    progress: Progress,
    total: Option<usize>,
    what: &'static str,
}

/// How much of a stack's name a line shows.
const NAME: usize = 32;
/// Often enough that nobody takes it for dead.
const TICK: Duration = Duration::from_millis(120);

impl TerminalReport {
    pub(super) fn new(color: bool, asking: Asking) -> Self {
        Self::on(ProgressDrawTarget::stderr(), color, asking)
    }

    fn on(target: ProgressDrawTarget, color: bool, asking: Asking) -> Self {
        Self { view: MultiProgress::with_draw_target(target), stacks: BTreeMap::new(), asking, color, width: 0 }
    }

    /// How a line looks; a name that is long leaves room for what happens.
    fn style(&self, counted: bool, estimate: Option<Duration>) -> ProgressStyle {
        let (bar, of) = (if counted { "[{bar:20}] {pos}/{len}  " } else { "" }, estimate.map(time));
        let of = of.map(|time| format!(" of about {time}")).unwrap_or_default();
        let template = format!("{{spinner}} {{prefix:{}!}}  {bar}{{elapsed}}{of}  {{wide_msg}}", self.width.min(NAME));
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_spinner());
        style.progress_chars("=> ")
    }

    fn start(&mut self, stack: &str, what: &'static str, total: Option<usize>) {
        let bar = match total {
            Some(total) => ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX)),
            None => ProgressBar::new_spinner(),
        };
        let style = self.style(total.is_some(), None);
        let bar = self.view.add(bar.with_style(style).with_prefix(stack.to_owned()).with_message(what));
        bar.enable_steady_tick(TICK);
        let shown = Shown { bar, progress: Progress::default(), total, what };
        if let Some(before) = self.stacks.insert(stack.to_owned(), shown) {
            before.bar.finish_and_clear();
        }
    }

    fn print(&self, event: &Event) {
        let Some((stack, text)) = line(event) else { return };
        let stack = stack.map(|stack| format!("{stack:width$}  ", width = self.width)).unwrap_or_default();
        let text = match paint(event).filter(|_| self.color) {
            Some(code) => format!("{stack}\u{1b}[{code}m{text}\u{1b}[0m"),
            None => format!("{stack}{text}"),
        };
        // A terminal that is gone has nobody in front of it.
        let _ = self.view.println(text);
    }
}

impl Report for TerminalReport {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Planned { stacks, .. } => {
                self.width = stacks.iter().map(|name| name.chars().count()).max().unwrap_or_default();
                self.print(event);
            }
            Event::StackStarted { stack, operation, resources } => {
                self.start(stack, operation_word(*operation), *resources);
            }
            Event::Estimate { stack, duration } => {
                if let Some(shown) = self.stacks.get(stack) {
                    shown.bar.set_style(self.style(shown.total.is_some(), Some(*duration)));
                }
            }
            Event::Resource(resource) => {
                let Some(shown) = self.stacks.get_mut(&resource.stack) else { return self.print(event) };
                let told = shown.progress.take(resource);
                let done = shown.progress.done();
                // A rollback touches what the change did not count.
                shown.bar.set_position(u64::try_from(done.min(shown.total.unwrap_or(done))).unwrap_or(u64::MAX));
                let current = shown.progress.current();
                shown.bar.set_message(if current.is_empty() { shown.what.to_owned() } else { current });
                if told {
                    self.print(event);
                }
            }
            Event::Waiting { stack, what, .. } => {
                if !self.stacks.contains_key(stack) {
                    self.start(stack, "", None);
                }
                if let Some(shown) = self.stacks.get(stack).filter(|shown| shown.progress.current().is_empty()) {
                    shown.bar.set_message(format!("waiting for {what}"));
                }
            }
            Event::Asset { stack, name, state: state @ (AssetState::Building | AssetState::Publishing), .. } => {
                let word = if *state == AssetState::Building { "building" } else { "publishing" };
                if !self.stacks.contains_key(stack) {
                    self.start(stack, "", None);
                }
                if let Some(shown) = self.stacks.get(stack) {
                    shown.bar.set_message(format!("{word} asset {name}"));
                }
            }
            Event::StackDone { stack, .. } | Event::Canary { stack, .. } => {
                if let Some(shown) = self.stacks.remove(stack) {
                    shown.bar.finish_and_clear();
                    self.view.remove(&shown.bar);
                }
                self.print(event);
            }
            Event::Note { .. } | Event::Asset { .. } | Event::Grafana { .. } | Event::CanaryCheck { .. } => {
                self.print(event);
            }
        }
    }

    fn approve(&mut self, question: &Question) -> bool {
        self.view.suspend(|| self.asking.approve(question, &mut io::stderr()))
    }
}

impl Drop for TerminalReport {
    /// Leaves the terminal as it was, whatever ends the work.
    fn drop(&mut self) {
        for shown in self.stacks.values() {
            shown.bar.finish_and_clear();
        }
        let _ = self.view.clear();
    }
}

/// The color of an event that ends something.
fn paint(event: &Event) -> Option<&'static str> {
    let of_result = |failed| if failed { "31" } else { "32" };
    match event {
        Event::Resource(event) if event.status.ends_with("_FAILED") => Some("31"),
        Event::StackDone { result, .. } => Some(of_result(*result == StackResult::Failed)),
        Event::CanaryCheck { passed, .. } | Event::Canary { passed, .. } => Some(of_result(!passed)),
        Event::Note { .. } => Some("33"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::super::plain::tests::deployment;
    use super::*;

    /// A terminal that keeps what is written to it.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl Screen {
        fn push(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("not poisoned").push_str(text);
            Ok(())
        }

        fn text(&self) -> String {
            self.0.lock().expect("not poisoned").clone()
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            100
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.push(&format!("{text}\n"))
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.push(text)
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(color: bool, events: &[Event]) -> (TerminalReport, Screen) {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 250);
        let mut report = TerminalReport::on(target, color, Asking::nobody());
        for event in events {
            report.event(event);
            if let Some(shown) = report.stacks.get("App") {
                // The text shall not hang on when the ticker comes by.
                shown.bar.disable_steady_tick();
                shown.bar.tick();
            }
        }
        (report, screen)
    }

    #[test]
    fn what_is_under_way_has_a_line() {
        let (report, screen) = shown(false, &deployment()[..5]);
        let text = screen.text();
        assert!(text.contains("App      [                    ] 0/2  "), "{text}");
        assert!(text.trim_end().ends_with("App/Api"), "{text}");
        assert_eq!(report.stacks["App"].bar.length(), Some(2));
        assert!(!text.contains("CREATE_IN_PROGRESS"), "only ends scroll: {text}");
    }

    #[test]
    fn an_estimate_stands_beside_the_time() {
        let mut events = deployment()[..5].to_vec();
        events.push(Event::Estimate { stack: "App".into(), duration: Duration::from_secs(125) });
        let (_, screen) = shown(false, &events);
        let text = screen.text();
        assert!(text.contains("0/2  0s of about 2 min 5 s  App/Api"), "{text}");
    }

    #[test]
    fn what_is_over_scrolls() {
        let (report, screen) = shown(false, &deployment());
        let text = screen.text();
        for line in [
            "to deploy: Network, App",
            "App      asset api: published, 1 byte",
            "Network  unchanged after 1.0 s",
            "App      CREATE_FAILED App/Api (AWS::ECS::Service): the image is not there",
            "note: nothing else was touched",
            "App      failed after 1 min 10 s",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(report.stacks.is_empty());
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn color_is_for_what_matters() {
        let (_, screen) = shown(true, &deployment());
        let failed = "App      \u{1b}[31mCREATE_FAILED App/Api";
        assert!(screen.text().contains(failed), "{:?}", screen.text());
    }
}
