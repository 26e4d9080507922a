//! What the other libraries are known to do otherwise than the specification: `deviations.json`, with how often it was
//! seen. One that was not seen is gone, and has to leave the list.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
struct Deviation {
    package: String,
    name: String,
    reason: String,
}

pub(crate) struct Deviations {
    list: Vec<Deviation>,
    seen: BTreeMap<(String, String), u64>,
}

impl Deviations {
    pub(crate) fn load() -> Self {
        let list = serde_json::from_str(include_str!("deviations.json")).expect("deviations.json");
        Self { list, seen: BTreeMap::new() }
    }

    /// Counts a deviation.
    ///
    /// # Panics
    /// If the list does not have it.
    pub(crate) fn note(&mut self, package: &str, name: &str) {
        let is_known = self.list.iter().any(|known| known.package == package && known.name == name);
        assert!(is_known, "deviations.json does not have {name} of {package}");
        *self.seen.entry((package.to_owned(), name.to_owned())).or_default() += 1;
    }

    /// How many were seen so far.
    pub(crate) fn total(&self) -> u64 {
        self.seen.values().sum()
    }

    /// Prints the list, and tells whether all of it was seen.
    pub(crate) fn print(&self) -> bool {
        println!("\nKnown deviations, and how often each was seen:");
        let mut all = true;
        for Deviation { package, name, reason } in &self.list {
            let seen = self.seen.get(&(package.clone(), name.clone())).copied().unwrap_or(0);
            println!("{seen:>6}  {package} {name}: {reason}");
            all &= seen > 0;
        }
        if !all {
            println!("One that was not seen is no longer there: take it off the list.");
        }
        all
    }
}
