//! Columns that are recognised by their names.

use spectralaw::fit::Sheet;

/// Names of losses, in lower case, without blanks and underscores.
pub const LOSSES: &[&str] =
    &["loss", "finalloss", "testloss", "valloss", "validationloss", "evalloss", "openlmloss", "lossopenlm"];

/// The first column of numbers with one of the names, for `data` may as well be the name of a data set; or else the first
/// with one of the names, whose fields that are no numbers are then told.
pub fn recognised(sheet: &Sheet, names: &[&str]) -> Option<String> {
    let plain = |name: &String| name.to_lowercase().replace([' ', '_', '-', '.'], "");
    let named = || names.iter().filter_map(|wanted| sheet.names().iter().find(|name| plain(name) == *wanted));
    named().find(|name| sheet.numbers(name).is_ok()).or_else(|| named().next()).cloned()
}
