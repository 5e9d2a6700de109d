//! [`Both`]: a value, and the code that makes it.

use belvedere_cfn::Expr;
use serde_json::Value as Json;

use super::code::Code;
use super::literal;
use super::same::same;

/// A value, and the code that makes it.
#[derive(Clone, Debug)]
pub(super) struct Both<T> {
    pub(super) value: T,
    pub(super) code: Code,
}

/// Calls a function or a method, in the code and in fact, so that the two cannot differ.
macro_rules! both {
    ($kind:ident :: $function:ident ( )) => {
        $crate::rust::both::Both::new(
            $kind::$function(),
            $crate::rust::code::Code::call(concat!(stringify!($kind), "::", stringify!($function)), Vec::new()),
        )
    };
    ($kind:ident :: $function:ident ( $($argument:expr),+ )) => {{
        let mut codes = Vec::new();
        let value = $kind::$function($($argument.spell(&mut codes)),+);
        let function = concat!(stringify!($kind), "::", stringify!($function));
        $crate::rust::both::Both::new(value, $crate::rust::code::Code::call(function, codes))
    }};
    ($both:ident . $method:ident ( )) => {
        $both.value = $both.value.$method();
        $both.code.method(stringify!($method), Vec::new());
    };
    ($both:ident . $method:ident ( $($argument:expr),+ )) => {
        let mut codes = Vec::new();
        $both.value = $both.value.$method($($argument.spell(&mut codes)),+);
        $both.code.method(stringify!($method), codes);
    };
}
pub(super) use both;

impl<T> Both<T> {
    pub(super) fn new(value: T, code: Code) -> Self {
        Self { value, code }
    }

    /// Returns the value, and adds its code to the arguments of a call.
    pub(super) fn spell(self, arguments: &mut Vec<Code>) -> T {
        arguments.push(self.code);
        self.value
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Both<U> {
        Both { value: change(self.value), code: self.code }
    }
}

impl Both<String> {
    pub(super) fn text(text: &str) -> Self {
        Self::new(text.to_owned(), Code::text(text))
    }
}

impl Both<Expr> {
    /// Returns the code and the JSON.
    pub(super) fn parts(self) -> (Code, Json) {
        (self.code, serde_json::to_value(&self.value).unwrap_or_default())
    }
}

impl<T: Into<Expr>> Both<T> {
    pub(super) fn expr(self) -> Both<Expr> {
        self.map(Into::into)
    }

    /// Returns it if it is the JSON that is wanted.
    pub(super) fn exactly(self, wanted: &Json) -> Option<Both<Expr>> {
        let both = self.expr();
        let gives = serde_json::to_value(&both.value).unwrap_or_default();
        same(&gives, wanted).then_some(both)
    }
}

impl<T> Both<Vec<T>> {
    /// A list that is not empty: the type of an empty one's elements could not be told.
    pub(super) fn list(elements: Vec<Both<T>>) -> Option<Self> {
        if elements.is_empty() {
            return None;
        }
        let (values, codes) = elements.into_iter().map(|element| (element.value, element.code)).unzip();
        Some(Self::new(values, Code::Array(codes)))
    }
}

/// The elements of a list, if all can be said so.
pub(super) fn elements<T>(wanted: &Json, element: impl Fn(&Json) -> Option<Both<T>>) -> Option<Both<Vec<T>>> {
    Both::list(wanted.as_array()?.iter().map(element).collect::<Option<_>>()?)
}

pub(super) fn text(wanted: &Json) -> Option<Both<String>> {
    wanted.as_str().map(Both::text)
}

/// The text of a member, which is empty where there is none.
pub(super) fn said(wanted: &Json, name: &str) -> Both<String> {
    Both::text(wanted[name].as_str().unwrap_or_default())
}

pub(super) fn flag(wanted: &Json) -> Option<Both<bool>> {
    let flag = wanted.as_bool()?;
    Some(Both::new(flag, Code::plain(flag.to_string())))
}

pub(super) fn whole(wanted: &Json) -> Option<Both<u32>> {
    let number =
        wanted.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the test keeps the number inside u32")]
    let number = number as u32;
    Some(Both::new(number, Code::plain(number.to_string())))
}

/// An `impl Into<f64>`.
pub(super) fn number(wanted: &Json) -> Option<Both<f64>> {
    let number = wanted.as_f64()?;
    let whole = wanted.as_i64().and_then(|number| i32::try_from(number).ok());
    let code = whole.map_or_else(|| literal::float(number), |whole| whole.to_string());
    Some(Both::new(number, Code::plain(code)))
}
