//! Writing results.

use std::io::Write;

use serde::Serialize;

use super::failure::Failure;

/// Writes a result for a program: one JSON document.
pub(super) fn json(stdout: &mut dyn Write, result: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *stdout, result)?;
    Ok(writeln!(stdout)?)
}

/// Makes one text of rows: each column as wide as it has to be, the last one as it is.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line += &format!("{cell:width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_in_line() {
        let rows = [["a", "bb", "c"], ["aaa", "b", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "a    bb  c\naaa  b\n");
    }
}
