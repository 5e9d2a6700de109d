//! One log of many.

use std::mem;
use std::ops::ControlFlow;

use futures_util::future::join_all;

use super::group::Group;
use super::line::LogLine;
use super::reading::Reading;
use crate::deploy_error::AwsError;

/// How many groups are read at the same time: CloudWatch answers an account only so often.
const AT_ONCE: usize = 4;
/// After how many lines what does not come again is forgotten.
const OFTEN: usize = 10_000;

/// All groups that are read.
#[derive(Debug)]
pub(super) struct Merge {
    readings: Vec<Reading>,
    notes: Vec<String>,
}

impl Merge {
    pub(super) fn of(groups: Vec<Group>, oldest: i64, filter: Option<&str>) -> Self {
        let readings = groups.into_iter().map(|group| Reading::of(group, oldest, filter.map(str::to_owned)));
        Self { readings: readings.collect(), notes: Vec::new() }
    }

    /// What whoever asks should know, since the last time.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        mem::take(&mut self.notes)
    }

    /// Gives all that is new to `take`, in the order of time. Only a page of each group is kept at a time. Returns whether
    /// there was anything.
    pub(super) async fn pass(
        &mut self,
        take: &mut impl FnMut(&LogLine) -> ControlFlow<()>,
    ) -> Result<ControlFlow<(), bool>, AwsError> {
        self.readings.iter_mut().for_each(Reading::begin);
        let mut count = 0;
        loop {
            self.fill().await?;
            let keys = self.readings.iter().enumerate().filter_map(|(index, reading)| Some((reading.key()?, index)));
            let Some((_, first)) = keys.min() else { break };
            let Some(line) = self.readings[first].take() else { continue };
            count += 1;
            if take(&line).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if count % OFTEN == 0 {
                self.readings.iter_mut().for_each(Reading::forget);
            }
        }
        self.readings.iter_mut().for_each(Reading::forget);
        Ok(ControlFlow::Continue(count > 0))
    }

    /// Has each group have its next line, where it has one.
    async fn fill(&mut self) -> Result<(), AwsError> {
        let mut empty: Vec<&mut Reading> = self.readings.iter_mut().filter(|reading| reading.is_empty()).collect();
        for some in empty.chunks_mut(AT_ONCE) {
            for note in join_all(some.iter_mut().map(|reading| reading.fill())).await {
                self.notes.extend(note?);
            }
        }
        Ok(())
    }
}
