//! [`CloudWatchTraces`]: from a line of CloudWatch's logs to its trace in X-Ray.

use crate::content::{Content, Part};
use crate::datasource::cloudwatch::CloudWatch;
use crate::datasource::kind::DataSourceRef;
use crate::datasource::parts::{self, Change};
use crate::datasource::xray::XRay;

/// A link at each line of `CloudWatch`'s logs that has the field `@xrayTraceId` to [its
/// trace](https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/configure/#x-ray-trace-links). A query has to
/// ask for the field: `fields @message, @xrayTraceId`.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudWatchTraces {
    logs: DataSourceRef<CloudWatch>,
    traces: DataSourceRef<XRay>,
}

impl CloudWatchTraces {
    /// A link from lines in `logs` to `traces`.
    #[must_use]
    pub fn new(logs: &DataSourceRef<CloudWatch>, traces: &DataSourceRef<XRay>) -> Self {
        Self { logs: logs.clone(), traces: traces.clone() }
    }
}

impl Part for CloudWatchTraces {
    type Ref = ();

    fn add_to(self, content: &mut Content) {
        let change = Change::Set("tracingDatasourceUid", self.traces.uid().to_owned().into());
        parts::link(content, "logs to X-Ray", &self.logs, &self.traces, change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cloudwatch_knows_where_its_traces_are() {
        let mut content = Content::new("test");
        let logs = content.add(CloudWatch::new("cloudwatch", "CloudWatch"));
        let traces = content.add(XRay::new("xray", "X-Ray"));
        content.add(CloudWatchTraces::new(&logs, &traces));
        assert_eq!(content.document().data_sources[0]["jsonData"]["tracingDatasourceUid"], "xray");
    }
}
