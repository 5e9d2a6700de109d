//! [`Origins`]: where in the program each part of a content was added.

use std::fmt;
use std::panic::Location;

/// Where the parts of a content were added, by the places that findings have. It is no part of what the content is: two
/// contents that differ in it alone are equal.
#[derive(Clone, Default)]
pub(crate) struct Origins {
    /// The parts that are being added now, from the outermost on.
    adding: Vec<&'static Location<'static>>,
    places: Vec<(String, &'static Location<'static>)>,
    /// Where each allowance was given.
    allowed: Vec<&'static Location<'static>>,
}

impl Origins {
    pub(crate) fn begin(&mut self, location: &'static Location<'static>) {
        self.adding.push(location);
    }

    pub(crate) fn end(&mut self) {
        self.adding.pop();
    }

    /// The place in the user's program of what is being added: the innermost that is not in this library.
    pub(crate) fn here(&self) -> Option<&'static Location<'static>> {
        self.adding.iter().rev().find(|location| is_of_user(location)).copied()
    }

    pub(crate) fn allow(&mut self, location: &'static Location<'static>) {
        self.allowed.push(location);
    }

    /// Where an allowance was given, by its number.
    pub(crate) fn of_allowance(&self, index: usize) -> Option<&'static Location<'static>> {
        self.allowed.get(index).filter(|location| is_of_user(location)).copied()
    }

    /// Remembers that what findings call `place`, and what is below it, is being added now.
    pub(crate) fn put(&mut self, place: String) {
        if let Some(here) = self.here() {
            self.places.push((place, here));
        }
    }

    /// Where the part of a finding's place was added. Nothing if two parts have this place.
    pub(crate) fn of(&self, place: &str) -> Option<&'static Location<'static>> {
        let holds =
            |head: &str| place.strip_prefix(head).is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ']));
        let (longest, location) =
            self.places.iter().filter(|(head, _)| holds(head)).max_by_key(|(head, _)| head.len())?;
        let mut same = self.places.iter().filter(|(head, _)| head == longest);
        same.all(|(_, other)| other == location).then_some(*location)
    }
}

fn is_of_user(location: &Location<'_>) -> bool {
    let here = file!();
    let library = &here[..here.len() - "origins.rs".len()];
    !location.file().starts_with(library)
}

impl PartialEq for Origins {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Origins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.places.iter().map(|(place, at)| (place, format!("{}:{}", at.file(), at.line())));
        formatter.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_place_decides_and_two_of_a_kind_do_not() {
        let mut origins = Origins::default();
        let mut put = |place: &str, at: &'static Location<'static>| origins.places.push((place.to_owned(), at));
        let (one, other) = (Location::caller(), Location::caller());
        assert_ne!((one.line(), one.column()), (other.line(), other.column()));
        put("dashboard `A`", one);
        put("dashboard `A` of B`", other);
        put("dashboard `C`", one);
        put("dashboard `C`", other);
        assert_eq!(origins.of("dashboard `A`, panel `P` (id 1)"), Some(one));
        assert_eq!(origins.of("dashboard `A` of B`, panel `P`"), Some(other));
        assert_eq!(origins.of("dashboard `AB`"), None);
        assert_eq!(origins.of("dashboard `C`, panel `P`"), None);
    }
}
