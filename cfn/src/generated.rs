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
        #[expect(missing_debug_implementations, reason = "it has no values to debug; `Choice` has")]
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

/// Declares a resource type as a newtype of [`CfnResource`](crate::CfnResource), with a setter for each property.
macro_rules! resource_type {
    (
        $(#[$doc:meta])* $name:ident = $type:literal;
        new();
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        $(#[$doc])*
        #[must_use]
        pub struct $name($crate::CfnResource);

        impl $name {
            /// The CloudFormation type.
            pub const TYPE: &'static str = $type;

            /// Starts with nothing set.
            pub fn new() -> Self {
                Self($crate::CfnResource::new($type))
            }
            $(
                $(#[$setter_doc])*
                pub fn $setter(self, value: impl $crate::IntoValue<$kind>) -> Self {
                    Self($crate::generated::with(self.0, $property, value))
                }
            )*
        }

        impl ::std::default::Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
        impl ::std::clone::Clone for $name {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&self.0, formatter)
            }
        }
        impl ::std::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }
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
    (
        $(#[$doc:meta])* $name:ident = $type:literal;
        $(#[$new_doc:meta])* new($($required:ident: $required_kind:ty = $required_property:literal),+);
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        $(#[$doc])*
        #[must_use]
        pub struct $name($crate::CfnResource);

        impl $name {
            /// The CloudFormation type.
            pub const TYPE: &'static str = $type;

            $(#[$new_doc])*
            pub fn new($($required: impl $crate::IntoValue<$required_kind>),+) -> Self {
                let this = $crate::CfnResource::new($type);
                $(let this = $crate::generated::with(this, $required_property, $required);)+
                Self(this)
            }
            $(
                $(#[$setter_doc])*
                pub fn $setter(self, value: impl $crate::IntoValue<$kind>) -> Self {
                    Self($crate::generated::with(self.0, $property, value))
                }
            )*
        }

        impl ::std::clone::Clone for $name {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&self.0, formatter)
            }
        }
        impl ::std::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }
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

/// Declares a property type as a newtype of [`Properties`](crate::Properties), with a setter for each property.
macro_rules! property_type {
    (
        $(#[$doc:meta])* $name:ident;
        new();
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        $(#[$doc])*
        #[must_use]
        pub struct $name($crate::Properties);

        impl $name {
            /// Starts with nothing set.
            pub fn new() -> Self {
                Self($crate::Properties::new())
            }
            $(
                $(#[$setter_doc])*
                pub fn $setter(self, value: impl $crate::IntoValue<$kind>) -> Self {
                    Self($crate::generated::with(self.0, $property, value))
                }
            )*
        }

        impl ::std::default::Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
        impl ::std::clone::Clone for $name {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&self.0, formatter)
            }
        }
        impl $crate::Structure for $name {
            fn into_properties(self) -> $crate::Properties {
                self.0
            }
        }
    };
    (
        $(#[$doc:meta])* $name:ident;
        $(#[$new_doc:meta])* new($($required:ident: $required_kind:ty = $required_property:literal),+);
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        $(#[$doc])*
        #[must_use]
        pub struct $name($crate::Properties);

        impl $name {
            $(#[$new_doc])*
            pub fn new($($required: impl $crate::IntoValue<$required_kind>),+) -> Self {
                let this = $crate::Properties::new();
                $(let this = $crate::generated::with(this, $required_property, $required);)+
                Self(this)
            }
            $(
                $(#[$setter_doc])*
                pub fn $setter(self, value: impl $crate::IntoValue<$kind>) -> Self {
                    Self($crate::generated::with(self.0, $property, value))
                }
            )*
        }

        impl ::std::clone::Clone for $name {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&self.0, formatter)
            }
        }
        impl $crate::Structure for $name {
            fn into_properties(self) -> $crate::Properties {
                self.0
            }
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
