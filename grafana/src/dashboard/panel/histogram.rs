//! [`Histogram`]: how values are spread.

use super::kind;
use super::shared::Panel;
use crate::dashboard::setter::{argument, setters};

/// How values are spread, over the whole time range
/// (<https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/histogram/>).
pub type Histogram = Panel<kind::Histogram>;

setters! { HISTOGRAM for [] Panel<kind::Histogram>, "options.";
    /// Makes about so many buckets. It is 30 by default.
    bucket_count(whole) = "bucketCount";
    /// Makes buckets of this size. By default their number decides.
    bucket_size(number) = "bucketSize";
    /// Begins buckets at this value. It is 0 by default.
    bucket_offset(number) = "bucketOffset";
    /// Makes one histogram of all series. It does not by default.
    combine(flag) = "combine";
}
