//! The macros that the generated code is written in: tables of names, from which the compiler makes types and methods.

/// Declares kinds of identifiers and what they accept beside themselves and text.
macro_rules! identifier_kinds {
    ($($(#[$doc:meta])* $name:ident $(: $($given:path),+)?;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {}
        impl $crate::TextKind for $name {}
        impl $crate::Accepts<$name> for $name {}
        impl $crate::Accepts<String> for $name {}
        impl $crate::Accepts<$name> for String {}
        impl $crate::Accepts<$name> for $crate::Json {}
        $($(impl $crate::Accepts<$given> for $name {})+)?
    )+ };
}

/// Declares an enumeration and its known values.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($constant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {}
        impl $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                pub const $constant: $crate::Choice<Self> = $crate::Choice::known($text);
            )*
        }
        impl $crate::Accepts<$name> for $name {}
        impl $crate::Accepts<::std::string::String> for $name {}
        impl $crate::Accepts<$name> for ::std::string::String {}
        impl $crate::Accepts<$name> for $crate::Json {}
    };
}

/// Declares a resource type as a newtype of [`CfnResource`](crate::CfnResource), with a setter for each property.
macro_rules! resource_type {
    (
        $(#[$doc:meta])* $name:ident = $type:literal;
        $(#[$new_doc:meta])* new($($required:ident: $required_kind:ty = $required_property:literal),*);
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[must_use]
        pub struct $name($crate::CfnResource);

        impl $name {
            /// The CloudFormation type.
            pub const TYPE: &'static str = $type;

            setters! {
                ($crate::CfnResource::new($type))
                $(#[$new_doc])* new($($required: $required_kind = $required_property),*);
                $($(#[$setter_doc])* $setter: $kind = $property;)*
            }
        }

        default_of!($name $($required)*);

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
        $(#[$new_doc:meta])* new($($required:ident: $required_kind:ty = $required_property:literal),*);
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[must_use]
        pub struct $name($crate::Properties);

        impl $name {
            setters! {
                ($crate::Properties::new())
                $(#[$new_doc])* new($($required: $required_kind = $required_property),*);
                $($(#[$setter_doc])* $setter: $kind = $property;)*
            }
        }

        default_of!($name $($required)*);

        impl $crate::Structure for $name {
            fn into_properties(self) -> $crate::Properties {
                self.0
            }
        }
    };
}

/// `new` and the setters of a newtype. The bodies do nothing but convert: all else is compiled once.
macro_rules! setters {
    (
        ($empty:expr)
        new();
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        /// Starts with nothing set.
        pub fn new() -> Self {
            Self($empty)
        }
        $(
            $(#[$setter_doc])*
            pub fn $setter(mut self, value: impl $crate::IntoValue<$kind>) -> Self {
                self.0.put($property, $crate::IntoValue::into_value(value).into_expr());
                self
            }
        )*
    };
    (
        ($empty:expr)
        $(#[$new_doc:meta])* new($($required:ident: $required_kind:ty = $required_property:literal),+);
        $($(#[$setter_doc:meta])* $setter:ident: $kind:ty = $property:literal;)*
    ) => {
        $(#[$new_doc])*
        pub fn new($($required: impl $crate::IntoValue<$required_kind>),+) -> Self {
            let mut this = $empty;
            $(this.put($required_property, $crate::IntoValue::into_value($required).into_expr());)+
            Self(this)
        }
        $(
            $(#[$setter_doc])*
            pub fn $setter(mut self, value: impl $crate::IntoValue<$kind>) -> Self {
                self.0.put($property, $crate::IntoValue::into_value(value).into_expr());
                self
            }
        )*
    };
}

/// `Default` for a newtype that requires nothing.
macro_rules! default_of {
    ($name:ident) => {
        impl ::std::default::Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
    ($name:ident $($required:ident)+) => {};
}

/// Declares what a reference to a resource gives.
macro_rules! attributes {
    ($name:ident $($(#[$doc:meta])* $method:ident: $kind:ty = $attribute:tt;)+) => {
        impl $crate::ResourceRef<$name> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method(&self) -> $crate::Value<$kind> {
                    attribute_value!(self $attribute)
                }
            )+
        }
    };
}

/// What the method of one attribute returns.
macro_rules! attribute_value {
    ($self:ident Ref) => {
        $self.identifier()
    };
    ($self:ident $attribute:literal) => {
        $self.typed_attribute($attribute)
    };
}
