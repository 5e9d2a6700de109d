//! Numbers with units, as Grafana writes them.
//! [Grafana page](https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit).

use super::time;

/// Returns the number with its unit. The number of decimals is chosen by size unless it is given.
pub(crate) fn format(value: f64, unit: &str, decimals: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    let truth = |words: [&str; 2]| words[usize::from(value != 0.0)].to_owned();
    match unit {
        "bool" => return truth(["False", "True"]),
        "bool_on_off" => return truth(["Off", "On"]),
        "bool_yes_no" => return truth(["No", "Yes"]),
        _ => {}
    }
    if unit.starts_with("dateTime") {
        return time::date_time(value / 1_000.0);
    }
    let (prefix, value, suffix) = scaled(value, unit);
    format!("{prefix}{}{suffix}", number(value, decimals))
}

/// Returns a number with as many decimals as its size asks for: 0.0123, 1.23, 12.3, 123.
pub(crate) fn number(value: f64, decimals: Option<usize>) -> String {
    let decimals = decimals.unwrap_or_else(|| useful_decimals(value)).min(12);
    let text = format!("{value:.decimals$}");
    // A negative number that rounds to nothing is nothing.
    if text.trim_start_matches(['-', '0', '.']).is_empty() { text.trim_start_matches('-').to_owned() } else { text }
}

fn useful_decimals(value: f64) -> usize {
    if value == 0.0 || value.fract() == 0.0 {
        return 0;
    }
    let magnitude = value.abs().log10().floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a text may have")]
    let decimals = (2.0 - magnitude).clamp(0.0, 12.0) as usize;
    decimals
}

/// Returns what comes before the number, the number, and what comes after it.
fn scaled(value: f64, unit: &str) -> (String, f64, String) {
    let plain = |suffix: &str| (String::new(), value, suffix.to_owned());
    let counted = |what: &str| {
        let (value, letter) = steps(value, 1_000.0, &["", "K", "M", "B", "T"]);
        (String::new(), value, format!("{letter} {what}"))
    };
    let prefixed = |base: f64, letters: &[&str], what: &str| {
        let (value, letter) = steps(value, base, letters);
        (String::new(), value, format!(" {letter}{what}"))
    };
    const DECIMAL: [&str; 9] = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
    const BINARY: [&str; 9] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
    match unit {
        "" | "none" | "string" => plain(""),
        "short" => {
            let (value, word) = steps(value, 1_000.0, &["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint"]);
            (String::new(), value, word.to_owned())
        }
        "sishort" => prefixed(1_000.0, &DECIMAL, ""),
        "percent" => plain("%"),
        "percentunit" => (String::new(), value * 100.0, "%".to_owned()),
        "celsius" => plain(" °C"),
        "fahrenheit" => plain(" °F"),
        "humidity" => plain("%H"),
        "rotrpm" => plain(" rpm"),
        "dB" => plain(" dB"),
        "bytes" => prefixed(1_024.0, &BINARY, "B"),
        "bits" => prefixed(1_024.0, &BINARY, "b"),
        "binBps" => prefixed(1_024.0, &BINARY, "B/s"),
        "binbps" => prefixed(1_024.0, &BINARY, "b/s"),
        "decbytes" => prefixed(1_000.0, &DECIMAL, "B"),
        "decbits" => prefixed(1_000.0, &DECIMAL, "b"),
        "Bps" => prefixed(1_000.0, &DECIMAL, "B/s"),
        "bps" => prefixed(1_000.0, &DECIMAL, "b/s"),
        "pps" => prefixed(1_000.0, &DECIMAL, "p/s"),
        "kbytes" => (String::new(), value * 1_024.0, String::new()).rescale("bytes"),
        "mbytes" => (String::new(), value * 1_048_576.0, String::new()).rescale("bytes"),
        "gbytes" => (String::new(), value * 1_073_741_824.0, String::new()).rescale("bytes"),
        "hertz" => prefixed(1_000.0, &DECIMAL, "Hz"),
        "volt" => prefixed(1_000.0, &DECIMAL, "V"),
        "amp" => prefixed(1_000.0, &DECIMAL, "A"),
        "watt" => prefixed(1_000.0, &DECIMAL, "W"),
        "reqps" => counted("req/s"),
        "reqpm" => counted("req/min"),
        "rps" => counted("rd/s"),
        "rpm" => counted("rd/min"),
        "wps" => counted("wr/s"),
        "wpm" => counted("wr/min"),
        "ops" => counted("ops/s"),
        "opm" => counted("ops/min"),
        "cps" => counted("c/s"),
        "cpm" => counted("c/min"),
        "iops" => counted("io/s"),
        "eps" => counted("evt/s"),
        "epm" => counted("evt/min"),
        "mps" => counted("msg/s"),
        "mpm" => counted("msg/min"),
        "recps" => counted("rec/s"),
        "rowsps" => counted("rows/s"),
        "s" | "dtdurations" => duration(value),
        "ms" | "dtdurationms" => duration(value * 1e-3),
        "µs" => duration(value * 1e-6),
        "ns" => duration(value * 1e-9),
        "m" => duration(value * 60.0),
        "h" => duration(value * 3_600.0),
        "d" => duration(value * 86_400.0),
        "currencyUSD" => ("$".to_owned(), value, String::new()),
        "currencyEUR" => ("€".to_owned(), value, String::new()),
        "currencyGBP" => ("£".to_owned(), value, String::new()),
        _ => match unit.split_once(':') {
            Some(("suffix", suffix)) => plain(&format!(" {}", suffix.trim_start())),
            Some(("prefix", prefix)) => (prefix.to_owned(), value, String::new()),
            Some(("currency", sign)) => (sign.to_owned(), value, String::new()),
            // Grafana shows a unit that it does not know after the number.
            _ => plain(&format!(" {unit}")),
        },
    }
}

trait Rescale {
    fn rescale(self, unit: &str) -> Self;
}

impl Rescale for (String, f64, String) {
    fn rescale(self, unit: &str) -> Self {
        scaled(self.1, unit)
    }
}

/// Returns the number after so many divisions by `base`, and the word for their number.
fn steps<'a>(mut value: f64, base: f64, words: &[&'a str]) -> (f64, &'a str) {
    let mut index = 0;
    while value.abs() >= base && index + 1 < words.len() {
        value /= base;
        index += 1;
    }
    (value, words.get(index).copied().unwrap_or_default())
}

fn duration(seconds: f64) -> (String, f64, String) {
    let size = seconds.abs();
    let (factor, suffix) = match size {
        0.0 => (1.0, " s"),
        _ if size < 1e-6 => (1e-9, " ns"),
        _ if size < 1e-3 => (1e-6, " µs"),
        _ if size < 1.0 => (1e-3, " ms"),
        _ if size < 60.0 => (1.0, " s"),
        _ if size < 3_600.0 => (60.0, " mins"),
        _ if size < 86_400.0 => (3_600.0, " hours"),
        _ if size < 604_800.0 => (86_400.0, " days"),
        _ if size < 31_536_000.0 => (604_800.0, " weeks"),
        _ => (31_536_000.0, " years"),
    };
    (String::new(), seconds / factor, suffix.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_decimals_that_their_size_asks_for() {
        for (value, text) in [
            (0.0, "0"),
            (5.0, "5"),
            (0.012_34, "0.0123"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (2.5, "2.50"),
        ] {
            assert_eq!(format(value, "none", None), text);
        }
        assert_eq!(format(1.0, "none", Some(2)), "1.00");
        assert_eq!(format(-0.000_1, "none", Some(2)), "0.00");
    }

    #[test]
    fn units_scale() {
        for (value, unit, text) in [
            (1_536.0, "bytes", "1.50 KiB"),
            (1_500.0, "decbytes", "1.50 kB"),
            (1_500.0, "Bps", "1.50 kB/s"),
            (0.5, "percentunit", "50%"),
            (12.5, "percent", "12.5%"),
            (0.012, "s", "12 ms"),
            (90.0, "s", "1.50 mins"),
            (250.0, "ms", "250 ms"),
            (1_500.0, "reqps", "1.50K req/s"),
            (3.0, "reqps", "3 req/s"),
            (1_500_000.0, "short", "1.50 Mil"),
            (0.0, "s", "0 s"),
            (5.0, "requests", "5 requests"),
            (5.0, "suffix:jobs", "5 jobs"),
            (2_048.0, "kbytes", "2 MiB"),
            (f64::INFINITY, "s", "∞"),
        ] {
            assert_eq!(format(value, unit, None), text, "{value} {unit}");
        }
    }
}
