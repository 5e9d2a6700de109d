//! [`TimePeriod`]: a time that comes again.

use std::ops::RangeInclusive;

use serde_json::Value as Json;

use crate::prometheus::yaml::Yaml;

/// A time that comes again: what is set must all hold, and what is not set may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimePeriod {
    times: Vec<(String, String)>,
    weekdays: Vec<RangeInclusive<Weekday>>,
    days_of_month: Vec<RangeInclusive<i8>>,
    months: Vec<RangeInclusive<u8>>,
    years: Vec<RangeInclusive<u16>>,
}

/// A day of the week. Ranges of them begin on Sunday at the earliest and end on Saturday at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say all there is to say")]
pub enum Weekday {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Weekday {
    /// Reads a day by its name.
    pub(crate) fn read(text: &str) -> Option<Self> {
        const ALL: [Weekday; 7] = [
            Weekday::Sunday,
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
        ];
        ALL.into_iter().find(|day| day.name().eq_ignore_ascii_case(text))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sunday => "sunday",
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
        }
    }
}

impl TimePeriod {
    /// Any time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From one time of the day to a later one of the same day, in UTC unless a
    /// [`MuteTiming`](super::MuteTiming::location) says otherwise: `("22:00", "24:00")`. Adds to those before.
    #[must_use]
    pub fn between(mut self, start: impl Into<String>, end: impl Into<String>) -> Self {
        self.times.push((start.into(), end.into()));
        self
    }

    /// Days of the week, such as `Weekday::Monday..=Weekday::Friday`. Adds to those before.
    #[must_use]
    pub fn weekdays(mut self, days: RangeInclusive<Weekday>) -> Self {
        self.weekdays.push(days);
        self
    }

    /// Days of the month, 1 to 31, or -31 to -1 counted from its end. Adds to those before.
    #[must_use]
    pub fn days_of_month(mut self, days: RangeInclusive<i8>) -> Self {
        self.days_of_month.push(days);
        self
    }

    /// Months, 1 to 12. Adds to those before.
    #[must_use]
    pub fn months(mut self, months: RangeInclusive<u8>) -> Self {
        self.months.push(months);
        self
    }

    /// Years. Adds to those before.
    #[must_use]
    pub fn years(mut self, years: RangeInclusive<u16>) -> Self {
        self.years.push(years);
        self
    }

    /// Returns what is wrong with it.
    #[doc(hidden)]
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for (start, end) in &self.times {
            match (minutes(start), minutes(end)) {
                (Some(from), Some(to)) if from < to => {}
                (Some(_), Some(_)) => complaints.push(format!(
                    "a time begins before it ends, on the same day, got {start} to {end}: split it at 24:00"
                )),
                _ => complaints.push(format!("times are written 00:00 to 24:00, got `{start}` to `{end}`")),
            }
        }
        for days in &self.weekdays {
            if days.is_empty() {
                let (first, last) = (days.start().name(), days.end().name());
                complaints.push(format!("weekdays run from sunday to saturday, got {first} to {last}"));
            }
        }
        for days in &self.days_of_month {
            let (first, last) = (*days.start(), *days.end());
            let legal = |day: i8| (1..=31).contains(&day) || (-31..=-1).contains(&day);
            // From the 5th to the 3rd but last is fine; from the last day to the 5th is not.
            if !legal(first) || !legal(last) || (first < 0) == (last < 0) && first > last || first < 0 && last > 0 {
                complaints.push(format!("days of the month are 1 to 31 or -31 to -1, got {first} to {last}"));
            }
        }
        for months in &self.months {
            if months.is_empty() || *months.start() < 1 || *months.end() > 12 {
                complaints.push(format!("months are 1 to 12, got {} to {}", months.start(), months.end()));
            }
        }
        for years in &self.years {
            if years.is_empty() {
                complaints.push(format!("years run forward, got {} to {}", years.start(), years.end()));
            }
        }
        if complaints.is_empty() && self.never_comes() {
            complaints.push("no month of the period has one of its days, so that it never comes".to_owned());
        }
        complaints
    }

    /// Whether no month has one of the days, such as the 30th of February.
    fn never_comes(&self) -> bool {
        const LONGEST: [i8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let there = |month: &u8| self.months.is_empty() || self.months.iter().any(|months| months.contains(month));
        let leaps = |year: u16| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let leap = self.years.is_empty() || self.years.iter().any(|years| years.clone().any(leaps));
        let length = |month: u8| if month == 2 && !leap { 28 } else { LONGEST[usize::from(month) - 1] };
        let longest = (1..=12).filter(there).map(length).max();
        // What is counted from the end of a month is within it if its last day is.
        let within = |days: &RangeInclusive<i8>| {
            let day = if *days.start() > 0 { *days.start() } else { -*days.end() };
            longest.is_some_and(|longest| day <= longest)
        };
        !self.days_of_month.is_empty() && !self.days_of_month.iter().any(within)
    }

    /// Reads a period as Alertmanager takes it.
    pub(crate) fn read(json: &Json) -> Result<Self, String> {
        fn ranges<T>(
            json: &Json,
            name: &str,
            read: impl Fn(&str) -> Option<T>,
        ) -> Result<Vec<RangeInclusive<T>>, String>
        where
            T: Copy,
        {
            let texts = json.get(name).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
            let range = |text: &str| {
                let (first, last) = text.split_once(':').unwrap_or((text, text));
                match (read(first.trim()), read(last.trim())) {
                    (Some(first), Some(last)) => Ok(first..=last),
                    _ => Err(format!("`{name}` has no `{text}`")),
                }
            };
            texts.map(range).collect()
        }
        let times = json.get("times").and_then(Json::as_array).into_iter().flatten().map(|time| {
            let text = |name| time.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
            (text("start_time"), text("end_time"))
        });
        Ok(Self {
            times: times.collect(),
            weekdays: ranges(json, "weekdays", Weekday::read)?,
            days_of_month: ranges(json, "days_of_month", |text| text.parse().ok())?,
            months: ranges(json, "months", month)?,
            years: ranges(json, "years", |text| text.parse().ok())?,
        })
    }

    /// Returns the period as Alertmanager takes it.
    #[doc(hidden)]
    #[must_use]
    pub fn yaml(&self) -> Yaml {
        fn ranges<T: Copy + PartialEq>(ranges: &[RangeInclusive<T>], write: impl Fn(T) -> String) -> Vec<Yaml> {
            let one = |range: &RangeInclusive<T>| {
                let (first, last) = (*range.start(), *range.end());
                Yaml::text(if first == last { write(first) } else { format!("{}:{}", write(first), write(last)) })
            };
            ranges.iter().map(one).collect()
        }
        let times = self
            .times
            .iter()
            .map(|(start, end)| Yaml::map().with("start_time", start.clone()).with("end_time", end.clone()));
        Yaml::map()
            .with_list("times", times)
            .with_list("weekdays", ranges(&self.weekdays, |day| day.name().to_owned()))
            .with_list("days_of_month", ranges(&self.days_of_month, |day| day.to_string()))
            .with_list("months", ranges(&self.months, |month| month.to_string()))
            .with_list("years", ranges(&self.years, |year| year.to_string()))
    }
}

/// Reads a month by its name or its number.
pub(crate) fn month(text: &str) -> Option<u8> {
    let named = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(text));
    named.and_then(|index| u8::try_from(index + 1).ok()).or_else(|| text.parse().ok())
}

/// Reads a time such as `08:30`, as minutes after midnight.
fn minutes(time: &str) -> Option<u16> {
    let (hours, minutes) = time.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}
