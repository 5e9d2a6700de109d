//! Decimal numbers that are what they look like.

use std::fmt;

/// A decimal number: the digits, and how many of them are after the point. As binary numbers, 100 - 99.9 is
/// 0.09999999999999432, which nobody wants to read in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: i128,
    places: u32,
}

impl Decimal {
    pub(super) const fn new(digits: i128, places: u32) -> Self {
        Self { digits, places }.trimmed()
    }

    /// The number as it is shortest written. Nothing for what has no digits, or far too many.
    pub(super) fn from_f64(number: f64) -> Option<Self> {
        let text = number.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{whole}{fraction}");
        if digits.len() > 18 {
            return None;
        }
        Some(Self::new(digits.parse().ok()?, u32::try_from(fraction.len()).ok()?))
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        let places = if self.places > other.places { self.places } else { other.places };
        let left = self.digits * 10_i128.pow(places - self.places);
        let right = other.digits * 10_i128.pow(places - other.places);
        Self::new(left - right, places)
    }

    pub(super) const fn times(self, other: Self) -> Self {
        Self::new(self.digits * other.digits, self.places + other.places)
    }

    /// Divides by 10 so often.
    pub(super) const fn shifted(self, places: u32) -> Self {
        Self::new(self.digits, self.places + places)
    }

    /// Divides by a small number, where the result has an end.
    pub(super) const fn over_three(self) -> Option<Self> {
        if self.digits % 3 == 0 { Some(Self::new(self.digits / 3, self.places)) } else { None }
    }

    pub(super) fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    const fn trimmed(mut self) -> Self {
        while self.places > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.places -= 1;
        }
        self
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.places as usize + 1;
        let digits = format!("{:0width$}", self.digits.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len() - self.places as usize);
        let sign = if self.digits < 0 { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_exact() {
        let decimal = |number: f64| Decimal::from_f64(number).expect("it has few digits");
        let budget = decimal(100.0).minus(decimal(99.9)).shifted(2);
        assert_eq!(budget.to_string(), "0.001");
        assert_eq!(budget.times(decimal(14.4)).to_string(), "0.0144");
        assert_eq!(decimal(50.0).minus(decimal(99.95)).to_string(), "-49.95");
        assert_eq!(decimal(0.05).times(decimal(20.0)).to_string(), "1");
        assert_eq!(decimal(14.4).over_three(), Some(decimal(4.8)));
        assert_eq!(decimal(1.0).over_three(), None);
        assert_eq!(Decimal::from_f64(f64::NAN), None);
        assert_eq!(Decimal::from_f64(1e30), None);
    }
}
