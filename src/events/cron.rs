//! [`Cron`]: points in time by minute, hour, day, month and year.

/// Points in time by minute, hour, day, month and year.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
///
/// Each field takes a number, `*` for all, `1,15` for some, `9-17` for a range, and `0/15` for every fifteenth from the
/// first on. Begins as every minute of every day.
///
/// ```
/// # use belvedere::events::Cron;
/// let weekdays_at_eight = Cron::new().minute("0").hour("8").week_day("MON-FRI");
/// assert_eq!(weekdays_at_eight.to_string(), "cron(0 8 ? * MON-FRI *)");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cron {
    minute: Option<String>,
    hour: Option<String>,
    day: Option<String>,
    month: Option<String>,
    week_day: Option<String>,
    year: Option<String>,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEK_DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a field may hold: numbers in a range, or names that stand for them, the first for the least.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    least: u16,
    most: u16,
    names: &'static [&'static str],
    special: fn(&str, Self) -> bool,
}

impl Cron {
    /// Every minute.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The minutes, 0 to 59. Every one by default.
    #[must_use]
    pub fn minute(mut self, minute: impl Into<String>) -> Self {
        self.minute = Some(minute.into());
        self
    }

    /// The hours, 0 to 23. Every one by default.
    #[must_use]
    pub fn hour(mut self, hour: impl Into<String>) -> Self {
        self.hour = Some(hour.into());
        self
    }

    /// The days of the month, 1 to 31; `L` is the last, `15W` the weekday nearest to the 15th. Every one by default. Not
    /// together with [`week_day`](Self::week_day).
    #[must_use]
    pub fn day(mut self, day: impl Into<String>) -> Self {
        self.day = Some(day.into());
        self
    }

    /// The months, 1 to 12 or `JAN` to `DEC`. Every one by default.
    #[must_use]
    pub fn month(mut self, month: impl Into<String>) -> Self {
        self.month = Some(month.into());
        self
    }

    /// The days of the week, 1 to 7 or `SUN` to `SAT`; `6L` is the month's last Friday, `2#1` its first Monday. Every one
    /// by default. Not together with [`day`](Self::day).
    #[must_use]
    pub fn week_day(mut self, week_day: impl Into<String>) -> Self {
        self.week_day = Some(week_day.into());
        self
    }

    /// The years, 1970 to 2199. Every one by default.
    #[must_use]
    pub fn year(mut self, year: impl Into<String>) -> Self {
        self.year = Some(year.into());
        self
    }

    /// Returns what is wrong with the fields.
    pub(crate) fn complaints(&self) -> Vec<String> {
        const NOTHING: fn(&str, Field) -> bool = |_, _| false;
        let fields = [
            (&self.minute, Field { name: "minute", least: 0, most: 59, names: &[], special: NOTHING }),
            (&self.hour, Field { name: "hour", least: 0, most: 23, names: &[], special: NOTHING }),
            (&self.day, Field { name: "day", least: 1, most: 31, names: &[], special: is_special_day }),
            (&self.month, Field { name: "month", least: 1, most: 12, names: &MONTHS, special: NOTHING }),
            (
                &self.week_day,
                Field { name: "week_day", least: 1, most: 7, names: &WEEK_DAYS, special: is_special_week_day },
            ),
            (&self.year, Field { name: "year", least: 1970, most: 2199, names: &[], special: NOTHING }),
        ];
        let mut complaints: Vec<String> = fields
            .into_iter()
            .filter_map(|(text, field)| text.as_ref().filter(|text| !field.takes(text)).map(|text| (text, field)))
            .map(|(text, Field { name, least, most, .. })| {
                format!("{name} must be `*`, or numbers, ranges and steps from {least} to {most}, got `{text}`")
            })
            .collect();
        if let (Some(day), Some(week_day)) = (&self.day, &self.week_day) {
            complaints.push(format!(
                "day and week_day cannot be given together, got `{day}` and `{week_day}`: leave one of them out"
            ));
        }
        complaints
    }
}

/// As EventBridge writes it.
impl std::fmt::Display for Cron {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let or_all = |field: &Option<String>| field.clone().unwrap_or_else(|| "*".to_owned());
        // One of the two has to be left open, which is what `?` says.
        let (day, week_day) = match &self.week_day {
            Some(week_day) => (self.day.clone().unwrap_or_else(|| "?".to_owned()), week_day.clone()),
            None => (or_all(&self.day), "?".to_owned()),
        };
        let (minute, hour) = (or_all(&self.minute), or_all(&self.hour));
        let (month, year) = (or_all(&self.month), or_all(&self.year));
        write!(formatter, "cron({minute} {hour} {day} {month} {week_day} {year})")
    }
}

impl Field {
    fn takes(self, text: &str) -> bool {
        text.split(',').all(|part| (self.special)(part, self) || self.takes_part(part))
    }

    fn takes_part(self, part: &str) -> bool {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step_fits = step.is_none_or(|step| number(step).is_some_and(|step| step > 0 && step <= self.most));
        let range_fits = match range.split_once('-') {
            Some((from, to)) => self.value(from).zip(self.value(to)).is_some_and(|(from, to)| from <= to),
            None => range == "*" || self.value(range).is_some(),
        };
        step_fits && range_fits
    }

    fn value(self, text: &str) -> Option<u16> {
        let named = self.names.iter().zip(self.least..).find(|(name, _)| name.eq_ignore_ascii_case(text));
        named.map(|(_, value)| value).or_else(|| number(text).filter(|value| (self.least..=self.most).contains(value)))
    }
}

fn number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn is_special_day(part: &str, field: Field) -> bool {
    part == "L" || part == "LW" || part.strip_suffix('W').is_some_and(|day| field.value(day).is_some())
}

fn is_special_week_day(part: &str, field: Field) -> bool {
    let of_month =
        |(day, nth): (&str, &str)| field.value(day).is_some() && number(nth).is_some_and(|nth| (1..=5).contains(&nth));
    part == "L"
        || part.strip_suffix('L').is_some_and(|day| field.value(day).is_some())
        || part.split_once('#').is_some_and(of_month)
}

#[cfg(test)]
mod tests {
    use super::Cron;

    #[test]
    fn one_of_the_two_days_is_left_open() {
        assert_eq!(Cron::new().to_string(), "cron(* * * * ? *)");
        assert_eq!(Cron::new().minute("0").hour("8").to_string(), "cron(0 8 * * ? *)");
        assert_eq!(Cron::new().week_day("MON-FRI").to_string(), "cron(* * ? * MON-FRI *)");
    }

    #[test]
    fn fields_take_numbers_names_ranges_and_steps() {
        let legal = [
            Cron::new().minute("0/15").hour("9-17").day("1,15,L").month("JAN-MAR").year("2026-2030"),
            Cron::new().week_day("6L").minute("*/5"),
            Cron::new().week_day("MON#1"),
            Cron::new().day("15W"),
        ];
        for cron in legal {
            assert_eq!(cron.complaints(), Vec::<String>::new(), "{cron}");
        }
    }

    #[test]
    fn rejects_what_no_clock_shows() {
        let illegal = [
            Cron::new().minute("60"),
            Cron::new().minute(""),
            Cron::new().hour("24"),
            Cron::new().hour("17-9"),
            Cron::new().day("0"),
            Cron::new().month("JANUARY"),
            Cron::new().week_day("8"),
            Cron::new().week_day("MON#6"),
            Cron::new().year("1969"),
            Cron::new().minute("0/0"),
            Cron::new().day("1").week_day("MON"),
        ];
        for cron in illegal {
            assert_eq!(cron.complaints().len(), 1, "{cron}");
        }
    }
}
