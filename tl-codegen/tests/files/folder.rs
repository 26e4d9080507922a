//! What is in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every file below the folder, by its path from there with `/` between the parts.
pub(crate) fn read(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let below = path.strip_prefix(folder).unwrap();
            let name: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            found.insert(name.join("/"), fs::read_to_string(&path).unwrap());
        }
    }
    found
}
