//! JSON as the AWS CDK writes it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::template::Template;

/// Renders JSON indented by one space, with a line break at the end.
#[must_use]
pub fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A vector takes every byte, so there is nothing that could fail.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, Indented { depth: 0, is_empty: true }));
    bytes.push(b'\n');
    bytes
}

impl Template {
    /// Renders the template as the AWS CDK writes it: indented by one space, with a line break at the end.
    #[must_use]
    pub fn pretty(&self) -> Vec<u8> {
        pretty(self)
    }
}

/// What `serde_json`'s own formatter writes, but with one call for each indentation instead of one for each level:
/// nearly every line of an assembly is deep inside.
struct Indented {
    depth: usize,
    is_empty: bool,
}

const LINE: &[u8] = b"\n                                                                ";

impl Indented {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if !self.is_empty {
            self.line(writer)?;
        }
        self.is_empty = false;
        writer.write_all(bracket)
    }

    fn element<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        match LINE.get(..=self.depth) {
            Some(line) => writer.write_all(line),
            None => {
                writer.write_all(LINE)?;
                (LINE.len()..=self.depth).try_for_each(|_| writer.write_all(b" "))
            }
        }
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.element(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_empty = false;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.element(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_empty = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::ser::{PrettyFormatter, Serializer};

    use super::pretty;

    #[test]
    fn it_is_what_the_usual_formatter_writes() {
        use serde::Serialize as _;

        let mut value = json!({ "a": [1, { "b": [] }, {}], "c": { "d": "x\ny", "e": [[[]], null] } });
        for _ in 0..80 {
            value = json!([{ "deep": value }]);
        }
        let mut expected = Vec::new();
        let formatter = PrettyFormatter::with_indent(b" ");
        value.serialize(&mut Serializer::with_formatter(&mut expected, formatter)).expect("a vector takes every byte");
        expected.push(b'\n');
        assert_eq!(pretty(&value), expected);
    }
}
