//! Alerts that Grafana evaluates, and where they go.

mod contact_point;
mod data;
mod from_prometheus;
mod group;
mod grouping;
mod matcher;
mod mute_timing;
mod notification;
mod parts;
mod policy;
mod receiver;
mod recording_rule;
mod rule;
mod template;
mod time_period;

#[cfg(test)]
mod tests;

pub use contact_point::{ContactPoint, ContactPointRef};
pub use group::{GroupRule, RuleGroup};
pub use grouping::Grouping;
pub use matcher::Matcher;
pub use mute_timing::{MuteTiming, MuteTimingRef};
pub use notification::Notification;
pub(crate) use parts::AlertingParts;
use parts::{problem, report_contact_point, report_timing};
pub use policy::{Policies, Route};
pub use receiver::{
    Email, OpsGenie, PagerDuty, Receiver, Responder, Slack, SlackMention, Sns, SnsFormat, Teams, Webhook,
};
pub use recording_rule::RecordingRule;
pub use rule::{AlertRule, ErrorState, NoDataState, Reducer};
pub use template::MessageTemplate;
pub use time_period::{TimePeriod, Weekday};
