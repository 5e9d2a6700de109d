//! [`Setter`]: which member of the JSON a setter writes; and the macros that make setters and words.

/// A setter of a definition and the member of the JSON that it writes, for programs that turn JSON into definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setter {
    /// The method, such as `fill_opacity`.
    pub name: &'static str,
    /// The path of the member, such as `fieldConfig.defaults.custom.fillOpacity`.
    pub path: &'static str,
    /// What the method takes: `text`, `flag`, `number`, `whole`, `texts`, the name of a type in brackets, or in braces if it
    /// takes several.
    pub argument: &'static str,
}

/// The type that a setter takes, by its word in the table; and the JSON of such a value.
macro_rules! argument {
    (text) => { impl belvedere_cfn::IntoValue<String> };
    (flag) => { bool };
    (number) => { impl Into<f64> };
    (whole) => { u32 };
    (texts) => { impl IntoIterator<Item = impl Into<String>> };
    ([$kind:ty]) => { impl Into<$kind> };
    ({$kind:ty}) => { impl IntoIterator<Item = impl Into<$kind>> };
    (@ $value:ident text) => { $value.into_value().into_expr() };
    (@ $value:ident flag) => { belvedere_cfn::Expr::Bool($value) };
    (@ $value:ident number) => { $crate::dashboard::model::number($value.into()) };
    (@ $value:ident whole) => { belvedere_cfn::Expr::Integer($value.into()) };
    (@ $value:ident texts) => { $crate::dashboard::model::texts($value) };
    (@ $value:ident [$kind:ty]) => {{
        let given: $kind = $value.into();
        belvedere_cfn::Expr::from(given)
    }};
    (@ $value:ident {$kind:ty}) => {
        belvedere_cfn::Expr::List($value.into_iter().map(|one| { let one: $kind = one.into(); one.into() }).collect())
    };
}

/// Methods that each write one member, and the table of them.
macro_rules! setters {
    ($table:ident for [$($generics:tt)*] $target:ty, $base:literal;
        $($(#[$doc:meta])+ $name:ident($kind:tt) = $path:literal;)+
    ) => {
        impl<$($generics)*> $target {
            $($(#[$doc])+
            #[doc = concat!("\n\nWrites `", $base, $path, "`.")]
            #[must_use]
            pub fn $name(mut self, value: argument!($kind)) -> Self {
                self.put(concat!($base, $path), argument!(@ value $kind));
                self
            })+
        }

        /// The setters of this file.
        pub(crate) const $table: &[$crate::dashboard::setter::Setter] = &[$(
            $crate::dashboard::setter::Setter {
                name: stringify!($name),
                path: concat!($base, $path),
                argument: stringify!($kind),
            },
        )+];
    };
}

/// The methods that write and remove any member by its path, and the one that setters write with.
macro_rules! members {
    ([$($generics:tt)*] $target:ty, $($model:tt).+; $what:literal, such as $example:literal) => {
        impl<$($generics)*> $target {
            #[doc = concat!("Writes a member of the ", $what, "'s JSON that has no setter, by its dotted path, such as")]
            #[doc = concat!("`", $example, "`. A dot in a name is written `\\.`. Objects on the way are made. A path that leads")]
            /// through something that has no members is a finding.
            #[must_use]
            pub fn set(mut self, path: &str, value: impl Into<belvedere_cfn::Expr>) -> Self {
                self.$($model).+.set(path, value.into());
                self
            }

            #[doc = concat!("Removes a member of the ", $what, "'s JSON, by its dotted path.")]
            #[must_use]
            pub fn unset(mut self, path: &str) -> Self {
                self.$($model).+.unset(path);
                self
            }

            pub(in crate::dashboard) fn put(&mut self, path: &str, value: belvedere_cfn::Expr) {
                self.$($model).+.put(path, value);
            }
        }
    };
}

/// An enumeration whose values are words in the JSON, or objects with the word as their one member.
macro_rules! words {
    (@ $word:expr) => { $word.into() };
    (@ $word:expr, $member:literal) => { belvedere_cfn::Properties::new().with($member, $word).into() };
    ($($(#[$doc:meta])+ $name:ident $(in $member:literal)? {
        $($(#[$word_doc:meta])+ $word:ident = $text:literal,)+
    })+) => { $(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])+ $word,)+
        }

        impl $name {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            /// Returns the word in the JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }

            /// Returns the name of the variant, for programs that write Rust.
            #[must_use]
            pub const fn variant(self) -> &'static str {
                match self {
                    $(Self::$word => stringify!($word),)+
                }
            }
        }

        impl From<$name> for belvedere_cfn::Expr {
            fn from(word: $name) -> Self {
                words!(@ word.as_str() $(, $member)?)
            }
        }
    )+ };
}

pub(crate) use {argument, members, setters, words};
