//! How far a stack is.

use std::collections::BTreeSet;

use super::line::name;
use crate::ResourceEvent;

/// The resources of a stack: those that are done, and those that are under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    done: BTreeSet<String>,
    current: Vec<(String, String)>,
}

impl Progress {
    /// Takes what CloudFormation says of a resource, and returns whether that is an end that should be told.
    pub(super) fn take(&mut self, event: &ResourceEvent) -> bool {
        // The stack tells of itself as of a resource. A nested one is a construct, and has a path.
        let whole = event.resource_type == "AWS::CloudFormation::Stack" && event.path.is_none();
        self.current.retain(|(id, _)| *id != event.logical_id);
        if event.status.ends_with("_IN_PROGRESS") {
            if !whole {
                self.current.push((event.logical_id.clone(), name(event).to_owned()));
            }
            return false;
        }
        if !whole && event.status.ends_with("_COMPLETE") {
            self.done.insert(event.logical_id.clone());
        }
        true
    }

    /// How many resources are done.
    pub(super) fn done(&self) -> usize {
        self.done.len()
    }

    /// What is under way: the resource that has been for the longest, and how many others.
    pub(super) fn current(&self) -> String {
        match self.current.as_slice() {
            [] => String::new(),
            [(_, name)] => name.clone(),
            [(_, name), others @ ..] => format!("{name} and {} more", others.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain::tests::resource;
    use super::*;
    use crate::Event;

    #[test]
    fn resources_begin_and_end() {
        let mut progress = Progress::default();
        let mut take = |id: &str, status: &str| {
            let Event::Resource(event) = resource(id, status, None) else { unreachable!("a resource") };
            let told = progress.take(&event);
            (told, progress.done(), progress.current())
        };
        assert_eq!(take("Db", "CREATE_IN_PROGRESS"), (false, 0, "App/Db".into()));
        assert_eq!(take("Api", "CREATE_IN_PROGRESS"), (false, 0, "App/Db and 1 more".into()));
        // Said again once the service has given it an id.
        assert_eq!(take("Api", "CREATE_IN_PROGRESS"), (false, 0, "App/Db and 1 more".into()));
        assert_eq!(take("Db", "CREATE_COMPLETE"), (true, 1, "App/Api".into()));
        assert_eq!(take("Api", "CREATE_FAILED"), (true, 1, String::new()));
        assert_eq!(take("Db", "DELETE_IN_PROGRESS"), (false, 1, "App/Db".into()));
    }

    #[test]
    fn the_stack_itself_is_no_resource() {
        let Event::Resource(event) = resource("App", "CREATE_COMPLETE", None) else { unreachable!("a resource") };
        let stack = ResourceEvent { resource_type: "AWS::CloudFormation::Stack".into(), path: None, ..event };
        let mut progress = Progress::default();
        assert!(progress.take(&stack));
        assert_eq!(progress, Progress::default());
    }
}
