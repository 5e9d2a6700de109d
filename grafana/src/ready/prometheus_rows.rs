//! The rows that dashboards of a Prometheus server and of an agent have in common.

use super::job::Job;
use super::parts::{graph, none_wanted, number, stacked};
use crate::dashboard::{Organize, PromFormat, Row, Stat, StatGraph, StatText, Table, Transformation, Unit};

/// How many seconds the newest sample that was sent is older than the newest one there is, by remote. The first is
/// Prometheus 3's own; those before have one time for all remotes.
pub(super) const BEHIND: &str = "max by (remote_name) (prometheus_remote_storage_queue_highest_timestamp_seconds{IT} - \
                                 prometheus_remote_storage_queue_highest_sent_timestamp_seconds{IT} or \
                                 prometheus_remote_storage_highest_timestamp_in_seconds{IT} - ignoring (remote_name, \
                                 url) group_right () prometheus_remote_storage_queue_highest_sent_timestamp_seconds{IT})";

/// How many targets are down.
pub(super) fn targets_down(job: &Job) -> Stat {
    none_wanted("Targets down", "Targets of all jobs that cannot be scraped.")
        .query(job.prometheus.query("count(up == 0) or vector(0)").legend("down"))
}

/// Which versions run.
pub(super) fn version(job: &Job) -> Stat {
    number("Version", "The version that runs.", Unit::NONE)
        .graph_mode(StatGraph::None)
        .text_mode(StatText::Name)
        .query(job.query("count by (version) (prometheus_build_info{IT})").legend("{{version}}").instant())
}

/// What is scraped, and what of it is refused.
pub(super) fn scraping(job: &Job) -> Row {
    let names = Organize::new().hide("Time").hide("Value").rename("job", "Job").rename("instance", "Instance");
    Row::new("Scraping")
        .panel(
            graph("Targets", "How many targets of each job can be scraped.", Unit::SHORT)
                .size(8, 8)
                .query(job.prometheus.query("sum by (job) (up)").legend("{{job}}")),
        )
        .panel(
            graph(
                "Duration of scrapes",
                "The slowest target of each job. It has to stay below the scrape interval.",
                Unit::SECONDS,
            )
            .size(8, 8)
            .query(job.prometheus.query("max by (job) (scrape_duration_seconds)").legend("{{job}}")),
        )
        .panel(
            stacked("Samples of each job", "How many samples a scrape of all targets of a job gives.", Unit::SHORT)
                .size(8, 8)
                .query(job.prometheus.query("sum by (job) (scrape_samples_scraped)").legend("{{job}}")),
        )
        .panel(
            graph(
                "Samples that are refused",
                "Too old, out of order, twice at a time, or beyond a limit. There should be none.",
                Unit::COUNTS_PER_SECOND,
            )
            .query(job.rate("", "prometheus_target_scrapes_sample_out_of_order_total").legend("out of order"))
            .query(job.rate("", "prometheus_target_scrapes_sample_duplicate_timestamp_total").legend("twice at a time"))
            .query(job.rate("", "prometheus_target_scrapes_sample_out_of_bounds_total").legend("too old"))
            .query(job.rate("", "prometheus_target_scrapes_exceeded_sample_limit_total").legend("beyond the limit")),
        )
        .panel(
            Table::new("Targets down")
                .description("The targets that cannot be scraped now.")
                .size(12, 8)
                .no_value("None")
                .query(job.prometheus.query("sum by (job, instance) (up == 0)").format(PromFormat::Table).instant())
                .transform(Transformation::from(names)),
        )
}

/// What is sent on.
pub(super) fn remote_write(job: &Job) -> Row {
    Row::new("Remote write")
        .panel(
            graph("Behind", "How old the newest sample is that was sent.", Unit::SECONDS)
                .size(8, 8)
                .query(job.query(BEHIND).legend("{{remote_name}}")),
        )
        .panel(
            graph("Samples", "Samples that were sent, sent again, and lost.", Unit::COUNTS_PER_SECOND)
                .size(8, 8)
                .query(job.rate("", "prometheus_remote_storage_samples_total").legend("sent"))
                .query(job.rate("", "prometheus_remote_storage_samples_retried_total").legend("sent again"))
                .query(job.rate("", "prometheus_remote_storage_samples_failed_total").legend("lost")),
        )
        .panel(
            graph(
                "Shards",
                "Connections that send, and how many are wanted. If more are wanted than there may be, it \
                 falls behind.",
                Unit::SHORT,
            )
            .size(8, 8)
            .query(job.query("sum by (remote_name) (prometheus_remote_storage_shards{IT})").legend("{{remote_name}}"))
            .query(
                job.query("sum by (remote_name) (prometheus_remote_storage_shards_desired{IT})")
                    .legend("{{remote_name}} wanted"),
            )
            .query(
                job.query("sum by (remote_name) (prometheus_remote_storage_shards_max{IT})")
                    .legend("{{remote_name}} at most"),
            ),
        )
        .panel(graph("Waiting", "Samples that wait in the shards to be sent.", Unit::SHORT).size(8, 8).query(
            job.query("sum by (remote_name) (prometheus_remote_storage_samples_pending{IT})").legend("{{remote_name}}"),
        ))
        .panel(
            graph("Bytes", "What is sent, compressed.", Unit::BYTES_PER_SECOND)
                .size(8, 8)
                .query(job.rate("remote_name", "prometheus_remote_storage_bytes_total").legend("{{remote_name}}")),
        )
        .panel(
            graph("Duration of batches", "One request in twenty to the remote takes longer than this.", Unit::SECONDS)
                .size(8, 8)
                .query(
                    job.quantile("0.95", "le, remote_name", "prometheus_remote_storage_sent_batch_duration_seconds")
                        .legend("{{remote_name}}"),
                ),
        )
}
