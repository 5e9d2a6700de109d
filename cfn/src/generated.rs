//! The macros that the generated code is written in: tables of names, from which the compiler makes types and methods.
//!
//! They are frugal on purpose. There are eleven thousand types with 45 thousand properties, so what each costs the
//! compiler is multiplied: bodies are one call, and nothing is implemented per type that can be implemented once.

use crate::expr::{Expr, Properties};
use crate::resource::CfnResource;
use crate::value::IntoValue;

/// What has properties: a resource or a property type.
pub(crate) trait Put {
    /// Sets a property.
    fn put(&mut self, name: &'static str, value: Expr);
}

impl Put for Properties {
    fn put(&mut self, name: &'static str, value: Expr) {
        self.set(name, value);
    }
}

impl Put for CfnResource {
    fn put(&mut self, name: &'static str, value: Expr) {
        self.properties_mut().set(name, value);
    }
}

/// Returns `this` with a property set: the body of every generated setter.
pub(crate) fn with<S: Put, T>(mut this: S, name: &'static str, value: impl IntoValue<T>) -> S {
    this.put(name, value.into_value().into_expr());
    this
}

/// Declares kinds of identifiers and what they accept beside themselves and text.
macro_rules! identifier_kinds {
    ($($(#[$doc:meta])* $name:ident $(: $($given:path),+)?;)+) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl $crate::TextKind for $name {}
        impl $crate::AsText for $name {}
        impl $crate::Accepts<$name> for $name {}
        impl $crate::Accepts<String> for $name {}
        $($(impl $crate::Accepts<$given> for $name {})+)?
    )+ };
}

/// Declares an enumeration and its known values.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($constant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                pub const $constant: $crate::Choice<Self> = $crate::Choice::known($text);
            )*
        }
        impl $crate::AsText for $name {}
        impl $crate::Accepts<$name> for $name {}
        impl $crate::Accepts<::std::string::String> for $name {}
    };
}

/// Declares a resource type as a newtype of [`CfnResource`](crate::CfnResource).
macro_rules! resource_type {
    ($(#[$doc:meta])* $name:ident = $type:literal; $($new:tt)+) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[must_use]
        pub struct $name($crate::CfnResource);

        impl $name {
            /// The CloudFormation type.
            pub const TYPE: &'static str = $type;
        }

        constructor! { $name($crate::CfnResource::new($type)) $($new)+ }

        impl $crate::Resource for $name {
            fn untyped(&self) -> &$crate::CfnResource {
                &self.0
            }
            fn untyped_mut(&mut self) -> &mut $crate::CfnResource {
                &mut self.0
            }
            fn into_untyped(self) -> $crate::CfnResource {
                self.0
            }
        }
    };
}

/// Declares a property type as a newtype of [`Properties`](crate::Properties).
macro_rules! property_type {
    ($(#[$doc:meta])* $name:ident; $($new:tt)+) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[must_use]
        pub struct $name($crate::Properties);

        constructor! { $name($crate::Properties::new()) $($new)+ }

        impl $crate::Structure for $name {
            fn into_properties(self) -> $crate::Properties {
                self.0
            }
        }
    };
}

/// Declares `new` of a newtype, from what is required; and `Default`, if that is nothing.
macro_rules! constructor {
    ($name:ident($empty:expr) new();) => {
        impl $name {
            /// Starts with nothing set.
            pub fn new() -> Self {
                Self($empty)
            }
        }
        impl ::std::default::Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
    ($name:ident($empty:expr) $(#[$doc:meta])* new($($required:ident: $kind:ty = $property:literal),+);) => {
        impl $name {
            $(#[$doc])*
            pub fn new($($required: impl $crate::IntoValue<$kind>),+) -> Self {
                let this = $empty;
                $(let this = $crate::generated::with(this, $property, $required);)+
                Self(this)
            }
        }
    };
}

/// Declares the setters of a newtype.
macro_rules! setters {
    ($name:ident $($(#[$doc:meta])* $setter:ident: $kind:ty = $property:literal;)+) => {
        impl $name {
            $(
                $(#[$doc])*
                pub fn $setter(self, value: impl $crate::IntoValue<$kind>) -> Self {
                    Self($crate::generated::with(self.0, $property, value))
                }
            )+
        }
    };
}

/// Declares what a reference to a resource gives: `Ref`, and its attributes.
macro_rules! attributes {
    ($name:ident $($(#[$doc:meta])* $method:ident: $kind:ty = $attribute:literal;)+) => {
        impl $crate::ResourceRef<$name> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method(&self) -> $crate::Value<$kind> {
                    self.typed_attribute($attribute)
                }
            )+
        }
    };
}
