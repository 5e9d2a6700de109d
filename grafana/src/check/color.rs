//! Colours: those of Grafana's palette, of its themes and of CSS.

use serde_json::Value as Json;

use super::report::Report;
use super::{nearest, rules, text_of};

/// The hues of Grafana's palette, and their shades:
/// <https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#color-scheme>.
const HUES: [&str; 6] = ["red", "orange", "yellow", "green", "blue", "purple"];
const SHADES: [&str; 5] = ["", "super-light-", "light-", "semi-dark-", "dark-"];

/// What follows the theme.
const OF_THEMES: [&str; 4] = ["text", "transparent", "panel-bg", "inherit"];

/// The names of CSS: <https://www.w3.org/TR/css-color-4/#named-colors>.
const OF_CSS: &str = "aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown \
    burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod \
    darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon \
    darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey \
    dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey \
    honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral \
    lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue \
    lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine \
    mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise \
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered \
    orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple \
    rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue \
    slateblue slategray slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white \
    whitesmoke yellow yellowgreen";

/// Checks a colour that nothing draws.
pub(super) fn check(report: &mut Report<'_>, place: &str, color: Option<&Json>) {
    let Some(color) = color.and_then(Json::as_str).filter(|color| !is_color(color)) else { return };
    let palette: Vec<String> = SHADES.iter().flat_map(|shade| HUES.map(|hue| format!("{shade}{hue}"))).collect();
    let names = palette.iter().map(String::as_str).chain(OF_THEMES).chain(OF_CSS.split_ascii_whitespace());
    let near = nearest(&color.to_ascii_lowercase(), names).map(|near| format!("write `{near}`"));
    let message = format!("`{color}` is no colour: neither a name of Grafana's or of CSS, nor such as `#56a64b`");
    report.warn(rules::FIELD_CONFIG, place, message).fix = near;
}

/// Checks the colour of fields that have one: `{\"mode\": \"fixed\", \"fixedColor\": \"red\"}`.
pub(super) fn fixed(report: &mut Report<'_>, place: &str, color: Option<&Json>) {
    // With another mode, what was chosen before is kept and not drawn.
    let Some(color) = color.filter(|color| matches!(text_of(color, "mode"), "fixed" | "shades")) else { return };
    check(report, place, color.get("fixedColor"));
}

fn is_color(text: &str) -> bool {
    // Functions of CSS, variables and nothing at all are as they are.
    if text.is_empty() || text.contains(['(', '$', '[']) {
        return true;
    }
    if let Some(digits) = text.strip_prefix('#') {
        return matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    }
    let of_palette = HUES.iter().any(|hue| text.strip_suffix(hue).is_some_and(|shade| SHADES.contains(&shade)));
    let lower = text.to_ascii_lowercase();
    of_palette || OF_THEMES.contains(&text) || OF_CSS.split_ascii_whitespace().any(|name| name == lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_grafanas_and_those_of_css() {
        for color in [
            "green",
            "dark-red",
            "semi-dark-blue",
            "super-light-purple",
            "text",
            "transparent",
            "rebeccapurple",
            "White",
            "#fff",
            "#FFFA",
            "#56a64b",
            "#56a64b80",
            "rgba(0, 0, 0, 0.5)",
            "hsl(120deg 75% 25%)",
            "$color",
            "",
        ] {
            assert!(is_color(color), "{color}");
        }
        for color in ["gren", "dark_red", "darker-red", "#56a64", "#ggg", "56a64b", "Dark-Red", "nodes"] {
            assert!(!is_color(color), "{color}");
        }
        assert_eq!(OF_CSS.split_ascii_whitespace().count(), 148);
    }
}
