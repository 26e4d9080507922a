//! What somebody may have meant.

/// Levenshtein's distance, up to case.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = index;
        let mut previous = index + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&right) {
            let next = (diagonal + usize::from(a != *b)).min(previous + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, next);
            previous = next;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
