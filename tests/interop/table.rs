//! What is printed: a row for everything that was compared.

use crate::handshake::Kind;

/// How many differences of a row are printed.
const SHOWN: usize = 3;

/// One thing that was compared, many times.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) number: u32,
    pub(crate) differences: Vec<String>,
    /// How often the other library did otherwise, as it is known to.
    pub(crate) deviations: u64,
}

impl Tally {
    /// Counts one comparison. `deviations` is what it added.
    pub(crate) fn add(&mut self, outcome: Result<(), String>, deviations: u64) {
        self.number += 1;
        self.differences.extend(outcome.err());
        self.deviations += deviations;
    }

    /// Prints the row.
    pub(crate) fn print(&self, package: &str, kind: Option<Kind>, what: &str) {
        let Self { number, differences, deviations } = self;
        let (role, layer, envelope) = match kind {
            Some(Kind { peer, layer, envelope }) => {
                (format!("{peer:?}").to_lowercase(), layer.to_string(), format!("{envelope}.0"))
            }
            None => Default::default(),
        };
        line(
            [package, &role, &layer, &envelope, what],
            [&number.to_string(), &differences.len().to_string()],
            deviations,
        );
        for difference in differences.iter().take(SHOWN) {
            println!("    {difference}");
        }
    }
}

/// Prints what the columns are.
pub(crate) fn head() {
    line(["package", "its role", "layer", "MTProto", "what"], ["number", "differences"], &"known deviations");
}

fn line(texts: [&str; 5], [number, differences]: [&str; 2], deviations: &dyn std::fmt::Display) {
    let [package, role, layer, envelope, what] = texts;
    let texts = format!("{package:<21} {role:<10} {layer:<5} {envelope:<7} {what:<18}");
    println!("{texts} {number:>6} {differences:>11} {deviations:>16}");
}
