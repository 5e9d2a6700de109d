//! How long a stack took before, as its events tell it.

use std::time::Duration;

use aws_sdk_cloudformation::types::StackEvent;

/// How long the last update took that ended well, or else the creation. The events are the newest first; nothing where
/// they do not reach back to its beginning.
pub(super) fn earlier(events: &[StackEvent], id: &str) -> Option<Duration> {
    let of_stack = events.iter().filter(|event| event.physical_resource_id() == Some(id));
    let told = of_stack.filter_map(|event| Some((event.resource_status()?.as_str(), event.timestamp()?.secs())));
    let mut end = None;
    for (status, time) in told {
        match (status, end) {
            ("UPDATE_COMPLETE" | "CREATE_COMPLETE", _) => end = Some((status, time)),
            ("UPDATE_IN_PROGRESS", Some(("UPDATE_COMPLETE", end)))
            | ("CREATE_IN_PROGRESS", Some(("CREATE_COMPLETE", end))) => {
                let seconds = u64::try_from(end - time).ok().filter(|seconds| *seconds > 0);
                return seconds.map(Duration::from_secs);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn events(told: &[(&str, &str, i64)]) -> Vec<StackEvent> {
        let event = |&(id, status, time): &(&str, &str, i64)| {
            let event = StackEvent::builder().stack_id("arn").event_id("1").stack_name("App");
            event.physical_resource_id(id).resource_status(status.into()).timestamp(DateTime::from_secs(time)).build()
        };
        told.iter().map(event).collect()
    }

    #[test]
    fn the_last_that_ended_well_counts() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let created =
            [("arn", "CREATE_COMPLETE", 100), ("db", "CREATE_COMPLETE", 90), ("arn", "CREATE_IN_PROGRESS", 40)];
        assert_eq!(earlier(&events(&created), "arn"), seconds(60));
        let updated = [("arn", "UPDATE_COMPLETE", 220), ("arn", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 210)];
        let updated = [&updated[..], &[("arn", "UPDATE_IN_PROGRESS", 200)], &created].concat();
        assert_eq!(earlier(&events(&updated), "arn"), seconds(20));
        let back = [("arn", "UPDATE_ROLLBACK_COMPLETE", 390), ("arn", "UPDATE_IN_PROGRESS", 300)];
        assert_eq!(earlier(&events(&[&back[..], &updated].concat()), "arn"), seconds(20));
        assert_eq!(earlier(&events(&back), "arn"), None);
        assert_eq!(earlier(&events(&created[..2]), "arn"), None, "it reaches further back than the events");
    }
}
