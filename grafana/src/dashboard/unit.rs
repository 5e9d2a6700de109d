//! [`Unit`]: how numbers are written.

use std::borrow::Cow;

use belvedere_cfn::Expr;

/// How a panel writes its numbers, by Grafana's own id
/// (<https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts>).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unit(Cow<'static, str>);

macro_rules! units {
    ($($(#[$doc:meta])+ $name:ident = $id:literal;)+) => {
        impl Unit {
            $($(#[$doc])+ pub const $name: Self = Self(Cow::Borrowed($id));)+

            /// The units that have a name here, with the name.
            pub const NAMED: &'static [(&'static str, Self)] = &[$((stringify!($name), Self::$name),)+];
        }
    };
}

units! {
    /// The number as it is.
    NONE = "none";
    /// The text as it is, with all its digits.
    STRING = "string";
    /// Thousands, millions and so on: `1.2 K`, `3 Mil`.
    SHORT = "short";
    /// With SI prefixes: `1.2 k`, `3 M`.
    SI_SHORT = "sishort";
    /// Per cent, of numbers from 0 to 100.
    PERCENT = "percent";
    /// Per cent, of numbers from 0 to 1.
    PERCENT_UNIT = "percentunit";
    /// Relative humidity, from 0 to 100.
    HUMIDITY = "humidity";
    /// Decibels.
    DECIBEL = "dB";
    /// Hexadecimal, with `0x`.
    HEX = "hex0x";
    /// Scientific notation.
    SCIENTIFIC = "sci";
    /// With the separators of the reader's language.
    LOCALE = "locale";
    /// `Yes` or `No`.
    YES_NO = "bool_yes_no";
    /// `True` or `False`.
    TRUE_FALSE = "bool";
    /// `On` or `Off`.
    ON_OFF = "bool_on_off";
    /// Nanoseconds.
    NANOSECONDS = "ns";
    /// Microseconds.
    MICROSECONDS = "µs";
    /// Milliseconds.
    MILLISECONDS = "ms";
    /// Seconds.
    SECONDS = "s";
    /// Minutes.
    MINUTES = "m";
    /// Hours.
    HOURS = "h";
    /// Days.
    DAYS = "d";
    /// Milliseconds, as `1 hour 2 minutes`.
    DURATION_MILLISECONDS = "dtdurationms";
    /// Seconds, as `1 hour 2 minutes`.
    DURATION_SECONDS = "dtdurations";
    /// Seconds, as `01:02:03`.
    CLOCK_SECONDS = "clocks";
    /// Milliseconds, as `01:02:03`.
    CLOCK_MILLISECONDS = "clockms";
    /// Milliseconds, as `1d 02:03:04`.
    DAYS_AND_CLOCK_MILLISECONDS = "dthms";
    /// Seconds, as `1d 02:03:04`.
    DAYS_AND_CLOCK_SECONDS = "dtdhms";
    /// Hundredths of a second.
    TIME_TICKS = "timeticks";
    /// Hertz.
    HERTZ = "hertz";
    /// A time, in milliseconds since 1970, as `2026-01-31 12:00:00`.
    DATE_TIME_ISO = "dateTimeAsIso";
    /// A time, in milliseconds since 1970, as `2026-01-31 12:00:00`, without the date if it is today.
    DATE_TIME_ISO_NO_DATE_IF_TODAY = "dateTimeAsIsoNoDateIfToday";
    /// A time, in milliseconds since 1970, in the way of the United States.
    DATE_TIME_US = "dateTimeAsUS";
    /// A time, in milliseconds since 1970, in the way of the reader's place.
    DATE_TIME_LOCAL = "dateTimeAsLocal";
    /// A time, in milliseconds since 1970, in Grafana's own way.
    DATE_TIME_SYSTEM = "dateTimeAsSystem";
    /// A time, in milliseconds since 1970, as `2 hours ago`.
    DATE_TIME_FROM_NOW = "dateTimeFromNow";
    /// Bytes, by 1024: KiB, MiB.
    BYTES = "bytes";
    /// Bytes, by 1000: kB, MB.
    BYTES_SI = "decbytes";
    /// Bits, by 1024: Kib, Mib.
    BITS = "bits";
    /// Bits, by 1000: kb, Mb.
    BITS_SI = "decbits";
    /// Kibibytes.
    KIBIBYTES = "kbytes";
    /// Kilobytes.
    KILOBYTES = "deckbytes";
    /// Mebibytes.
    MEBIBYTES = "mbytes";
    /// Megabytes.
    MEGABYTES = "decmbytes";
    /// Gibibytes.
    GIBIBYTES = "gbytes";
    /// Gigabytes.
    GIGABYTES = "decgbytes";
    /// Tebibytes.
    TEBIBYTES = "tbytes";
    /// Terabytes.
    TERABYTES = "dectbytes";
    /// Pebibytes.
    PEBIBYTES = "pbytes";
    /// Petabytes.
    PETABYTES = "decpbytes";
    /// Bytes per second, by 1024: KiB/s, MiB/s.
    BYTES_PER_SECOND = "binBps";
    /// Bytes per second, by 1000: kB/s, MB/s.
    BYTES_PER_SECOND_SI = "Bps";
    /// Bits per second, by 1024: Kib/s, Mib/s.
    BITS_PER_SECOND = "binbps";
    /// Bits per second, by 1000: kb/s, Mb/s.
    BITS_PER_SECOND_SI = "bps";
    /// Packets per second.
    PACKETS_PER_SECOND = "pps";
    /// Kibibytes per second.
    KIBIBYTES_PER_SECOND = "KiBs";
    /// Kilobytes per second.
    KILOBYTES_PER_SECOND = "KBs";
    /// Kilobits per second.
    KILOBITS_PER_SECOND = "Kbits";
    /// Megabits per second.
    MEGABITS_PER_SECOND = "Mbits";
    /// Gibibytes per second.
    GIBIBYTES_PER_SECOND = "GiBs";
    /// Gigabytes per second.
    GIGABYTES_PER_SECOND = "GBs";
    /// Gigabits per second.
    GIGABITS_PER_SECOND = "Gbits";
    /// Mebibytes per second.
    MEBIBYTES_PER_SECOND = "MiBs";
    /// Megabytes per second.
    MEGABYTES_PER_SECOND = "MBs";
    /// Counts per second (`c/s`).
    COUNTS_PER_SECOND = "cps";
    /// Operations per second (`ops/s`).
    OPS_PER_SECOND = "ops";
    /// Requests per second (`req/s`).
    REQUESTS_PER_SECOND = "reqps";
    /// Reads per second (`rd/s`).
    READS_PER_SECOND = "rps";
    /// Writes per second (`wr/s`).
    WRITES_PER_SECOND = "wps";
    /// Input and output operations per second (`io/s`).
    IO_PER_SECOND = "iops";
    /// Events per second (`evt/s`).
    EVENTS_PER_SECOND = "eps";
    /// Messages per second (`msg/s`).
    MESSAGES_PER_SECOND = "mps";
    /// Records per second (`rec/s`).
    RECORDS_PER_SECOND = "recps";
    /// Rows per second (`rows/s`).
    ROWS_PER_SECOND = "rowsps";
    /// Counts per minute (`c/m`).
    COUNTS_PER_MINUTE = "cpm";
    /// Operations per minute (`ops/m`).
    OPS_PER_MINUTE = "opm";
    /// Requests per minute (`req/m`).
    REQUESTS_PER_MINUTE = "reqpm";
    /// Reads per minute (`rd/m`).
    READS_PER_MINUTE = "rpm";
    /// Writes per minute (`wr/m`).
    WRITES_PER_MINUTE = "wpm";
    /// Events per minute (`evts/m`).
    EVENTS_PER_MINUTE = "epm";
    /// Messages per minute (`msgs/m`).
    MESSAGES_PER_MINUTE = "mpm";
    /// Records per minute (`rec/m`).
    RECORDS_PER_MINUTE = "recpm";
    /// Rows per minute (`rows/m`).
    ROWS_PER_MINUTE = "rowspm";
    /// United States dollars.
    US_DOLLARS = "currencyUSD";
    /// Euros.
    EUROS = "currencyEUR";
    /// Pounds.
    POUNDS = "currencyGBP";
    /// Yen.
    YEN = "currencyJPY";
    /// Swiss francs.
    SWISS_FRANCS = "currencyCHF";
    /// Degrees Celsius.
    CELSIUS = "celsius";
    /// Degrees Fahrenheit.
    FAHRENHEIT = "fahrenheit";
    /// Kelvin.
    KELVIN = "kelvin";
    /// Watts.
    WATTS = "watt";
    /// Kilowatts.
    KILOWATTS = "kwatt";
    /// Watt-hours.
    WATT_HOURS = "watth";
    /// Kilowatt-hours.
    KILOWATT_HOURS = "kwatth";
    /// Joules.
    JOULES = "joule";
    /// Amperes.
    AMPERES = "amp";
    /// Volts.
    VOLTS = "volt";
    /// Milliwatts.
    MILLIWATTS = "mwatt";
    /// Megawatts.
    MEGAWATTS = "megwatt";
    /// Ohms.
    OHMS = "ohm";
    /// Volt-amperes.
    VOLT_AMPERES = "voltamp";
    /// Ampere-hours.
    AMPERE_HOURS = "amph";
    /// Decibel-milliwatts.
    DECIBEL_MILLIWATTS = "dBm";
    /// Revolutions per minute.
    ROTATIONS_PER_MINUTE = "rotrpm";
    /// Degrees of an angle.
    DEGREES = "degree";
    /// Metres.
    METRES = "lengthm";
    /// Kilometres.
    KILOMETRES = "lengthkm";
    /// Metres per second.
    METRES_PER_SECOND = "velocityms";
    /// Kilometres per hour.
    KILOMETRES_PER_HOUR = "velocitykmh";
    /// Grams.
    GRAMS = "massg";
    /// Kilograms.
    KILOGRAMS = "masskg";
    /// Litres.
    LITRES = "litre";
    /// Hectopascals.
    HECTOPASCALS = "pressurehpa";
    /// Pascals.
    PASCALS = "pressurepa";
    /// Lux.
    LUX = "lux";
    /// Pixels.
    PIXELS = "pixel";
    /// Parts per million.
    PARTS_PER_MILLION = "ppm";
}

impl Unit {
    /// A unit by its id, or in one of Grafana's own forms: `suffix:req`, `prefix:v`, `time:YYYY-MM-DD`, `si:mF`,
    /// `count:items`, `currency:CHF`.
    #[must_use]
    pub fn custom(id: impl Into<String>) -> Self {
        Self(Cow::Owned(id.into()))
    }

    /// A number with a text after it.
    #[must_use]
    pub fn suffix(text: &str) -> Self {
        Self::custom(format!("suffix:{text}"))
    }

    /// Returns Grafana's id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Unit> for Expr {
    fn from(unit: Unit) -> Self {
        Self::String(unit.0)
    }
}
