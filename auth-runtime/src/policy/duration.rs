//! Durations, as attributes write them.

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

/// Seconds in the largest unit that fits: `5m`, `90s`.
pub(crate) fn text(seconds: u64) -> String {
    let fits = |(_, size): &&(&str, u64)| seconds > 0 && seconds.is_multiple_of(*size);
    let (unit, size) = UNITS.iter().find(fits).unwrap_or(&("s", 1));
    format!("{}{unit}", seconds / size)
}

/// Reads what [`text`] writes.
#[cfg(feature = "testing")]
pub(crate) fn read(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let (_, size) = UNITS.iter().find(|(known, _)| *known == unit)?;
    number.parse::<u32>().ok().map(|number| u64::from(number) * size)
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_are_read_as_they_are_written() {
        for (seconds, text) in [(0, "0s"), (1, "1s"), (90, "90s"), (300, "5m"), (3600, "1h"), (86_400 * 30, "30d")] {
            assert_eq!(super::text(seconds), text);
            #[cfg(feature = "testing")]
            assert_eq!(super::read(text), Some(seconds));
        }
    }
}
