//! [`Cron`]: times by the calendar.

use std::ops::RangeInclusive;

/// Times by the calendar, in UTC: every minute, until fields say otherwise.
/// [AWS page](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions).
///
/// A field is a number or a name, a list (`1,15`), a range (`MON-FRI`), steps (`0/5`), or `*` for every one.
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

/// What a field may hold.
struct Field {
    name: &'static str,
    numbers: RangeInclusive<u16>,
    names: &'static [&'static str],
    special: Special,
}

/// What only some fields know.
#[derive(Clone, Copy, PartialEq)]
enum Special {
    None,
    /// `L`, the last day, and `15W`, the weekday nearest to a day.
    Days,
    /// `L`, Saturday; `6L`, the last Friday; and `3#2`, the second Tuesday.
    WeekDays,
}

impl Cron {
    /// Every minute.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The minutes: 0 to 59. Every minute by default.
    #[must_use]
    pub fn minute(mut self, minute: impl Into<String>) -> Self {
        self.minute = Some(minute.into());
        self
    }

    /// The hours: 0 to 23. Every hour by default.
    #[must_use]
    pub fn hour(mut self, hour: impl Into<String>) -> Self {
        self.hour = Some(hour.into());
        self
    }

    /// The days of the month: 1 to 31, `L` for the last one, `15W` for the weekday nearest to the 15th. Every day by
    /// default. Not together with [`week_day`](Cron::week_day).
    #[must_use]
    pub fn day(mut self, day: impl Into<String>) -> Self {
        self.day = Some(day.into());
        self
    }

    /// The months: 1 to 12 or `JAN` to `DEC`. Every month by default.
    #[must_use]
    pub fn month(mut self, month: impl Into<String>) -> Self {
        self.month = Some(month.into());
        self
    }

    /// The days of the week: 1 to 7 or `SUN` to `SAT`, `6L` for the last Friday of the month, `3#2` for its second
    /// Tuesday. Every day by default. Not together with [`day`](Cron::day).
    #[must_use]
    pub fn week_day(mut self, week_day: impl Into<String>) -> Self {
        self.week_day = Some(week_day.into());
        self
    }

    /// The years: 1970 to 2199. Every year by default.
    #[must_use]
    pub fn year(mut self, year: impl Into<String>) -> Self {
        self.year = Some(year.into());
        self
    }

    /// Returns the expression, or what is wrong with it.
    pub(super) fn render(&self) -> Result<String, Vec<String>> {
        let fields: [(&Option<String>, Field); 6] = [
            (&self.minute, Field { name: "minute", numbers: 0..=59, names: &[], special: Special::None }),
            (&self.hour, Field { name: "hour", numbers: 0..=23, names: &[], special: Special::None }),
            (&self.day, Field { name: "day", numbers: 1..=31, names: &[], special: Special::Days }),
            (&self.month, Field { name: "month", numbers: 1..=12, names: &MONTHS, special: Special::None }),
            (&self.week_day, Field { name: "week_day", numbers: 1..=7, names: &WEEK_DAYS, special: Special::WeekDays }),
            (&self.year, Field { name: "year", numbers: 1970..=2199, names: &[], special: Special::None }),
        ];
        let mut complaints: Vec<String> = fields
            .iter()
            .filter_map(|(text, field)| {
                text.as_ref().filter(|text| !field.accepts(text)).map(|text| field.complaint(text))
            })
            .collect();
        if self.day.is_some() && self.week_day.is_some() {
            complaints.push("day and week_day exclude each other: leave one of them out".to_owned());
        }
        if !complaints.is_empty() {
            return Err(complaints);
        }
        // Of the two kinds of days one is always left open.
        let every = |text: &'static str, field: &Option<String>| field.clone().unwrap_or_else(|| text.to_owned());
        let day = every(if self.week_day.is_some() { "?" } else { "*" }, &self.day);
        let week_day = every("?", &self.week_day);
        let [minute, hour, month, year] =
            [&self.minute, &self.hour, &self.month, &self.year].map(|field| every("*", field));
        Ok(format!("cron({minute} {hour} {day} {month} {week_day} {year})"))
    }
}

impl Field {
    fn accepts(&self, text: &str) -> bool {
        text.split(',').all(|element| self.accepts_element(element))
    }

    fn accepts_element(&self, element: &str) -> bool {
        let (range, step) = match element.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (element, None),
        };
        let step_fits = step.is_none_or(|step| number(step).is_some_and(|step| step > 0));
        let range_fits = range == "*"
            || match range.split_once('-') {
                Some((first, last)) => {
                    matches!((self.value(first), self.value(last)), (Some(first), Some(last)) if first <= last)
                }
                None => self.value(range).is_some() || (step.is_none() && self.accepts_special(range)),
            };
        step_fits && range_fits
    }

    fn accepts_special(&self, text: &str) -> bool {
        let valid = |text: &str| self.value(text).is_some();
        match self.special {
            Special::None => false,
            Special::Days => text == "L" || text == "LW" || text.strip_suffix('W').is_some_and(valid),
            Special::WeekDays => {
                text == "L"
                    || text.strip_suffix('L').is_some_and(valid)
                    || text.split_once('#').is_some_and(|(day, which)| {
                        valid(day) && number(which).is_some_and(|which| (1..=5).contains(&which))
                    })
            }
        }
    }

    /// Returns the number that a number or name stands for, if it is one of the field.
    fn value(&self, text: &str) -> Option<u16> {
        let by_name = || {
            let index = self.names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
            Some(self.numbers.start() + u16::try_from(index).ok()?)
        };
        number(text).filter(|number| self.numbers.contains(number)).or_else(by_name)
    }

    fn complaint(&self, text: &str) -> String {
        let (first, last) = (self.numbers.start(), self.numbers.end());
        let names = match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!(" or {first} to {last}"),
            _ => String::new(),
        };
        format!(
            "{} must be {first} to {last}{names}, or a list, range or steps of these, or `*`, got `{text}`",
            self.name
        )
    }
}

/// Reads digits alone: no sign, as `parse` would take.
fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::Cron;

    fn render(cron: &Cron) -> String {
        cron.render().expect("the expression is sound")
    }

    #[test]
    fn fields_that_are_not_set_are_open() {
        assert_eq!(render(&Cron::new()), "cron(* * * * ? *)");
        assert_eq!(render(&Cron::new().minute("0").hour("4")), "cron(0 4 * * ? *)");
        assert_eq!(render(&Cron::new().week_day("MON-FRI")), "cron(* * ? * MON-FRI *)");
        assert_eq!(render(&Cron::new().day("1")), "cron(* * 1 * ? *)");
        assert_eq!(render(&Cron::new().month("1").year("2030")), "cron(* * * 1 ? 2030)");
    }

    #[test]
    fn every_form_of_a_field_is_known() {
        for minute in ["0", "59", "*", "0/5", "*/15", "0,30", "10-20", "10-20/2"] {
            render(&Cron::new().minute(minute));
        }
        for day in ["L", "LW", "15W", "31"] {
            render(&Cron::new().day(day));
        }
        for week_day in ["1", "sat", "MON,WED", "L", "6L", "3#2"] {
            render(&Cron::new().week_day(week_day));
        }
    }

    #[test]
    fn rejects_what_is_not_of_the_calendar() {
        for minute in ["60", "", "-1", "+1", "a", "5-1", "*/0", "1,,2", "L", "?"] {
            assert!(Cron::new().minute(minute).render().is_err(), "{minute}");
        }
        for week_day in ["0", "8", "FOO", "3#6", "15W"] {
            assert!(Cron::new().week_day(week_day).render().is_err(), "{week_day}");
        }
        assert_eq!(
            Cron::new().month("13").render(),
            Err(vec![
                "month must be 1 to 12 or JAN to DEC, or a list, range or steps of these, or `*`, got `13`".to_owned()
            ])
        );
        assert!(Cron::new().day("1").week_day("MON").render().is_err());
    }
}
