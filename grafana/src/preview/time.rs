//! Times: ranges as dashboards write them, and the marks of a time axis.

/// Returns the seconds of a length such as `90s`, `1h30m` or `2d`.
pub(crate) fn length(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|at: char| !at.is_ascii_digit() && at != '.').filter(|digits| *digits > 0)?;
        let amount: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|at: char| at.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            "M" => 2_592_000.0,
            "Q" => 7_776_000.0,
            "y" => 31_536_000.0,
            _ => return None,
        };
        total += amount * unit;
        rest = &rest[letters..];
    }
    Some(total)
}

/// Returns the seconds since 1970 of a time such as `now`, `now-6h`, `now/d` or a number of milliseconds.
pub(crate) fn point(text: &str, now: f64) -> Option<f64> {
    let text = text.trim();
    let Some(mut rest) = text.strip_prefix("now") else {
        return text.parse::<f64>().ok().map(|milliseconds| milliseconds / 1_000.0);
    };
    let mut at = now;
    while let Some(operation) = rest.chars().next() {
        rest = &rest[operation.len_utf8()..];
        let end = rest.find(['+', '-', '/']).unwrap_or(rest.len());
        let argument = &rest[..end];
        at = match operation {
            '+' => at + length(argument)?,
            '-' => at - length(argument)?,
            '/' => {
                let unit = length(&format!("1{}", argument.trim_start_matches('f')))?;
                (at / unit).floor() * unit
            }
            _ => return None,
        };
        rest = &rest[end..];
    }
    Some(at)
}

/// Returns a length in its shortest exact form, such as `5m`.
pub(crate) fn written(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a step is far below the limit")]
    let milliseconds = (seconds * 1_000.0).round() as i64;
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if milliseconds >= size && milliseconds % size == 0 {
            return format!("{}{unit}", milliseconds / size);
        }
    }
    format!("{milliseconds}ms")
}

/// The parts of a time in UTC: year, month, day, hour, minute, second.
pub(crate) fn parts(seconds: f64) -> (i64, i64, i64, i64, i64, i64) {
    #[expect(clippy::cast_possible_truncation, reason = "a time of this century fits")]
    let seconds = seconds.floor() as i64;
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The civil calendar, counted from a March 1st so that leap days come last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day, rest / 3_600, rest / 60 % 60, rest % 60)
}

/// Returns a time as `2026-11-21 21:35:21`, in UTC.
pub(crate) fn date_time(seconds: f64) -> String {
    let (year, month, day, hour, minute, second) = parts(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// Returns the marks of a time axis: when, and what to write there. At most `count` or so.
pub(crate) fn ticks(from: f64, to: f64, count: f64) -> Vec<(f64, String)> {
    const STEPS: [f64; 18] = [
        1.0,
        5.0,
        10.0,
        30.0,
        60.0,
        300.0,
        600.0,
        900.0,
        1_800.0,
        3_600.0,
        7_200.0,
        10_800.0,
        21_600.0,
        43_200.0,
        86_400.0,
        172_800.0,
        604_800.0,
        2_592_000.0,
    ];
    let wanted = (to - from) / count.max(1.0);
    if wanted <= 0.0 || !wanted.is_finite() {
        return Vec::new();
    }
    let step = STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(31_536_000.0);
    let mut ticks = Vec::new();
    let mut at = (from / step).ceil() * step;
    while at <= to && ticks.len() < 100 {
        let (_, month, day, hour, minute, second) = parts(at);
        let text = if step < 60.0 {
            format!("{hour:02}:{minute:02}:{second:02}")
        } else if step < 86_400.0 {
            if to - from > 86_400.0 {
                format!("{month:02}/{day:02} {hour:02}:{minute:02}")
            } else {
                format!("{hour:02}:{minute:02}")
            }
        } else {
            format!("{month:02}/{day:02}")
        };
        ticks.push((at, text));
        at += step;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        assert_eq!(length("1h30m"), Some(5_400.0));
        assert_eq!(length("500ms"), Some(0.5));
        for wrong in ["", "h", "5", "5x"] {
            assert_eq!(length(wrong), None, "{wrong}");
        }
        assert_eq!(point("now-6h", 100_000.0), Some(78_400.0));
        assert_eq!(point("now-1d/d", 172_800.0 + 5.0), Some(86_400.0));
        assert_eq!(point("1700000000000", 0.0), Some(1_700_000_000.0));
        for wrong in ["yesterday", "now€", "now-€", "now/€"] {
            assert_eq!(point(wrong, 0.0), None, "{wrong}");
        }
        assert_eq!(written(90.0), "90s");
        assert_eq!(written(3_600.0), "1h");
        assert_eq!(date_time(951_827_696.0), "2000-02-29 12:34:56");
        assert_eq!(date_time(1_795_296_921.0), "2026-11-21 21:35:21");
    }

    #[test]
    fn an_axis_has_round_times() {
        let marks = ticks(1_700_000_000.0, 1_700_003_600.0, 6.0);
        assert_eq!(marks.len(), 6);
        assert!(marks.iter().all(|(at, _)| at % 600.0 == 0.0), "{marks:?}");
        assert_eq!(ticks(5.0, 5.0, 6.0), []);
    }
}
