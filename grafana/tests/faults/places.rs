//! A finding of a content says where in the program the part was added that it is about.

use belvedere_grafana::alerting::{ContactPoint, Email, MuteTiming, TimePeriod};
use belvedere_grafana::dashboard::{Dashboard, TimeSeries};
use belvedere_grafana::datasource::{Prometheus, ServiceMap, Tempo};
use belvedere_grafana::prometheus::{RecordingRule, RuleGroup, RulesFile};
use belvedere_grafana::{Content, Folder, Part, catalog};

/// A part that is made of others.
struct Both;

impl Part for Both {
    type Ref = u32;

    fn add_to(self, content: &mut Content) -> u32 {
        content.add(Folder::new("in both", "Both"));
        line!() - 1
    }
}

#[test]
fn each_finding_names_the_line_of_its_part() {
    let mut content = Content::new("places");
    content.add(catalog::prometheus());
    let metrics = content.add(Prometheus::new("metrics", "Metrics", "http://metrics:9090"));
    let traces = content.add(Tempo::new("traces", "Traces", "http://traces:3200"));
    let first = line!();
    content.add(Folder::new("a/b", "Services"));
    content.add(ServiceMap::new(&traces, &metrics));
    content.add(Dashboard::new("d", "Service").panel(TimeSeries::new("Requests").query(metrics.query("sum("))));
    content.add(Dashboard::new("e/e", "Service two"));
    content.add(ContactPoint::new("", Email::new(["a@example.com"])));
    content.add(MuteTiming::new("never", TimePeriod::new().days_of_month(31..=31).months(2..=2)));
    content.add(RulesFile::new().group(RuleGroup::new("g").rule(RecordingRule::new("a:b", "sum("))));
    content.allow("unknown-metric", "nothing", "none");
    let nested = content.add(Both);
    let found: Vec<_> = content
        .check()
        .iter()
        .map(|finding| {
            let at = finding.location.unwrap_or_else(|| panic!("{finding}"));
            assert!(at.file().ends_with("faults/places.rs"), "{finding}");
            assert!(finding.to_string().contains(&format!("places.rs:{})", at.line())), "{finding}");
            (finding.place.split(',').next().unwrap_or_default().to_owned(), at.line())
        })
        .collect();
    for (place, line) in [
        ("folder `Services`", first + 1),
        ("data source `Traces`", first + 2),
        ("dashboard `Service`", first + 3),
        ("dashboard `Service two`", first + 4),
        ("contact point ``", first + 5),
        ("mute timing `never`", first + 6),
        ("rule group `g`", first + 7),
        ("content `places`", first + 8),
        ("folder `Both`", nested),
    ] {
        assert!(found.contains(&(place.to_owned(), line)), "{place} is not at {line}: {found:#?}");
    }
}

#[test]
fn where_a_part_was_added_is_no_part_of_a_content() {
    let content = || Content::new("places");
    let (mut one, mut other) = (content(), content());
    one.add(Folder::new("a", "A"));
    other.add(Folder::new("a", "A"));
    assert_eq!(one, other);
    assert_eq!(one.document(), other.document());
}
