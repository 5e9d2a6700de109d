//! [`FargateSize`]: the pairs of CPU and memory that exist.

use crate::size::Size;

/// A pair of CPU and memory that Fargate has, made from [`QuarterVcpu`], [`HalfVcpu`], [`OneVcpu`], [`TwoVcpu`],
/// [`FourVcpu`], [`EightVcpu`] or [`SixteenVcpu`]; a pair that Fargate does not have cannot be written.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html).
///
/// ```
/// use belvedere::Size;
/// use belvedere::ecs::{FargateSize, HalfVcpu};
///
/// let size = FargateSize::from(HalfVcpu::Gib1);
/// assert_eq!((size.cpu_units(), size.memory()), (512, Size::gibibytes(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FargateSize {
    cpu_units: u16,
    memory: Size,
}

impl FargateSize {
    /// Returns the CPU in units of 1/1,024 vCPU.
    #[must_use]
    pub const fn cpu_units(self) -> u16 {
        self.cpu_units
    }

    /// Returns the memory.
    #[must_use]
    pub const fn memory(self) -> Size {
        self.memory
    }
}

macro_rules! sizes {
    ($($(#[$doc:meta])* $name:ident: $cpu_units:literal { $($variant:ident = $mebibytes:literal $text:literal,)+ })+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $text] $variant,)+
        }

        impl From<$name> for FargateSize {
            fn from(size: $name) -> Self {
                let mebibytes = match size { $($name::$variant => $mebibytes,)+ };
                Self { cpu_units: $cpu_units, memory: Size::mebibytes(mebibytes) }
            }
        }
    )+ };
}

sizes! {
    /// The memory that goes with a quarter of a vCPU.
    QuarterVcpu: 256 {
        Mib512 = 512 "512 MiB.",
        Gib1 = 1_024 "1 GiB.",
        Gib2 = 2_048 "2 GiB.",
    }

    /// The memory that goes with half a vCPU.
    HalfVcpu: 512 {
        Gib1 = 1_024 "1 GiB.",
        Gib2 = 2_048 "2 GiB.",
        Gib3 = 3_072 "3 GiB.",
        Gib4 = 4_096 "4 GiB.",
    }

    /// The memory that goes with one vCPU.
    OneVcpu: 1_024 {
        Gib2 = 2_048 "2 GiB.",
        Gib3 = 3_072 "3 GiB.",
        Gib4 = 4_096 "4 GiB.",
        Gib5 = 5_120 "5 GiB.",
        Gib6 = 6_144 "6 GiB.",
        Gib7 = 7_168 "7 GiB.",
        Gib8 = 8_192 "8 GiB.",
    }

    /// The memory that goes with two vCPUs.
    TwoVcpu: 2_048 {
        Gib4 = 4_096 "4 GiB.",
        Gib5 = 5_120 "5 GiB.",
        Gib6 = 6_144 "6 GiB.",
        Gib7 = 7_168 "7 GiB.",
        Gib8 = 8_192 "8 GiB.",
        Gib9 = 9_216 "9 GiB.",
        Gib10 = 10_240 "10 GiB.",
        Gib11 = 11_264 "11 GiB.",
        Gib12 = 12_288 "12 GiB.",
        Gib13 = 13_312 "13 GiB.",
        Gib14 = 14_336 "14 GiB.",
        Gib15 = 15_360 "15 GiB.",
        Gib16 = 16_384 "16 GiB.",
    }

    /// The memory that goes with four vCPUs.
    FourVcpu: 4_096 {
        Gib8 = 8_192 "8 GiB.",
        Gib9 = 9_216 "9 GiB.",
        Gib10 = 10_240 "10 GiB.",
        Gib11 = 11_264 "11 GiB.",
        Gib12 = 12_288 "12 GiB.",
        Gib13 = 13_312 "13 GiB.",
        Gib14 = 14_336 "14 GiB.",
        Gib15 = 15_360 "15 GiB.",
        Gib16 = 16_384 "16 GiB.",
        Gib17 = 17_408 "17 GiB.",
        Gib18 = 18_432 "18 GiB.",
        Gib19 = 19_456 "19 GiB.",
        Gib20 = 20_480 "20 GiB.",
        Gib21 = 21_504 "21 GiB.",
        Gib22 = 22_528 "22 GiB.",
        Gib23 = 23_552 "23 GiB.",
        Gib24 = 24_576 "24 GiB.",
        Gib25 = 25_600 "25 GiB.",
        Gib26 = 26_624 "26 GiB.",
        Gib27 = 27_648 "27 GiB.",
        Gib28 = 28_672 "28 GiB.",
        Gib29 = 29_696 "29 GiB.",
        Gib30 = 30_720 "30 GiB.",
    }

    /// The memory that goes with eight vCPUs.
    EightVcpu: 8_192 {
        Gib16 = 16_384 "16 GiB.",
        Gib20 = 20_480 "20 GiB.",
        Gib24 = 24_576 "24 GiB.",
        Gib28 = 28_672 "28 GiB.",
        Gib32 = 32_768 "32 GiB.",
        Gib36 = 36_864 "36 GiB.",
        Gib40 = 40_960 "40 GiB.",
        Gib44 = 45_056 "44 GiB.",
        Gib48 = 49_152 "48 GiB.",
        Gib52 = 53_248 "52 GiB.",
        Gib56 = 57_344 "56 GiB.",
        Gib60 = 61_440 "60 GiB.",
    }

    /// The memory that goes with sixteen vCPUs.
    SixteenVcpu: 16_384 {
        Gib32 = 32_768 "32 GiB.",
        Gib40 = 40_960 "40 GiB.",
        Gib48 = 49_152 "48 GiB.",
        Gib56 = 57_344 "56 GiB.",
        Gib64 = 65_536 "64 GiB.",
        Gib72 = 73_728 "72 GiB.",
        Gib80 = 81_920 "80 GiB.",
        Gib88 = 90_112 "88 GiB.",
        Gib96 = 98_304 "96 GiB.",
        Gib104 = 106_496 "104 GiB.",
        Gib112 = 114_688 "112 GiB.",
        Gib120 = 122_880 "120 GiB.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_pair() {
        let size = FargateSize::from(SixteenVcpu::Gib120);
        assert_eq!((size.cpu_units(), size.memory()), (16_384, Size::gibibytes(120)));
        assert_eq!(FargateSize::from(QuarterVcpu::Mib512).memory(), Size::mebibytes(512));
    }
}
