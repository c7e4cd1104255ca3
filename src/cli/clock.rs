//! What day it is.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Today, as the whole world agrees on it.
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
