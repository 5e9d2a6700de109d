//! Pieces of SVG and HTML that panels are drawn with.

use std::fmt::Write as _;

/// Writes a text so that it is nothing but text in HTML.
pub(crate) fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for at in text.chars() {
        match at {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML knows no other control characters.
            at if at.is_control() && !matches!(at, '\n' | '\t') => safe.push('\u{fffd}'),
            at => safe.push(at),
        }
    }
    safe
}

/// The area of a chart, in pixels of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Marks of an axis of numbers from `least` to `most`: round, and `count` of them or so.
pub(crate) fn ticks(least: f64, most: f64, count: f64) -> Vec<f64> {
    let span = most - least;
    if !span.is_finite() || span <= 0.0 {
        return vec![least];
    }
    let raw = span / count.max(1.0);
    let magnitude = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|one| one * magnitude).find(|step| *step >= raw);
    multiples(least, most, step.unwrap_or(magnitude * 10.0))
}

/// The same for a unit of which 1,024 make the next one.
pub(crate) fn binary_ticks(least: f64, most: f64, count: f64) -> Vec<f64> {
    let raw = (most - least) / count.max(1.0);
    if raw.is_finite() && raw > 1.0 {
        multiples(least, most, 2f64.powf(raw.log2().ceil()))
    } else {
        ticks(least, most, count)
    }
}

fn multiples(least: f64, most: f64, step: f64) -> Vec<f64> {
    let mut marks = Vec::new();
    let mut at = (least / step).ceil() * step;
    while at <= most + step * 1e-6 && marks.len() < 60 {
        // What is nothing but rounding is nothing.
        marks.push(if at.abs() < step * 1e-6 { 0.0 } else { at });
        at += step;
    }
    marks
}

/// Returns the path through points, broken where there is a gap.
pub(crate) fn line(points: &[(f64, f64)], gap: f64, stepped: bool) -> String {
    let mut path = String::new();
    let mut before: Option<(f64, f64)> = None;
    for &(x, y) in points {
        if !y.is_finite() {
            before = None;
            continue;
        }
        match before {
            Some((last, level)) if x - last <= gap => {
                if stepped {
                    let _ = write!(path, "L{x:.1} {level:.1}");
                }
                let _ = write!(path, "L{x:.1} {y:.1}");
            }
            _ => {
                let _ = write!(path, "M{x:.1} {y:.1}");
            }
        }
        before = Some((x, y));
    }
    path
}

/// Returns the part of a ring between two angles, in turns from the top.
pub(crate) fn arc(center: (f64, f64), radius: f64, inner: f64, from: f64, to: f64) -> String {
    let point = |radius: f64, turn: f64| {
        let angle = (turn - 0.25) * std::f64::consts::TAU;
        (center.0 + radius * angle.cos(), center.1 + radius * angle.sin())
    };
    // A whole ring has no beginning; a hair less has.
    let to = if to - from >= 1.0 { from + 0.999_9 } else { to };
    let large = u8::from(to - from > 0.5);
    let ((x1, y1), (x2, y2)) = (point(radius, from), point(radius, to));
    let ((x3, y3), (x4, y4)) = (point(inner, to), point(inner, from));
    format!(
        "M{x1:.1} {y1:.1}A{radius:.1} {radius:.1} 0 {large} 1 {x2:.1} {y2:.1}\
         L{x3:.1} {y3:.1}A{inner:.1} {inner:.1} 0 {large} 0 {x4:.1} {y4:.1}Z"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round() {
        assert_eq!(ticks(0.0, 1.0, 5.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(-1.0, 1.0, 4.0), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(binary_ticks(0.0, 3e9, 3.0), [0.0, 1_073_741_824.0, 2_147_483_648.0]);
        assert_eq!(binary_ticks(0.0, 1.0, 2.0), [0.0, 0.5, 1.0]);
        assert_eq!(ticks(3.0, 3.0, 5.0), [3.0]);
        assert_eq!(ticks(0.0, f64::INFINITY, 5.0), [0.0]);
    }

    #[test]
    fn a_line_is_broken_at_gaps() {
        let points = [(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 1.0), (9.0, 1.0)];
        assert_eq!(line(&points, 2.0, false), "M0.0 1.0L1.0 2.0M3.0 1.0M9.0 1.0");
        assert_eq!(line(&points[..2], 2.0, true), "M0.0 1.0L1.0 1.0L1.0 2.0");
    }

    #[test]
    fn text_is_nothing_but_text() {
        assert_eq!(text("<a b='c'>&\u{0}"), "&lt;a b=&#39;c&#39;&gt;&amp;\u{fffd}");
    }
}
