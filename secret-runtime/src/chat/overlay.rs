//! A map with changes on top: what a step reads and writes before anything is committed.

use std::collections::BTreeMap;
use std::ops::Bound;

#[derive(Clone, Debug)]
pub(super) struct Overlay<'a, K, V> {
    base: &'a BTreeMap<K, V>,
    delta: BTreeMap<K, Option<V>>,
    len: usize,
}

impl<'a, K: Copy + Ord, V> Overlay<'a, K, V> {
    pub(super) fn new(base: &'a BTreeMap<K, V>) -> Self {
        Self { base, delta: BTreeMap::new(), len: base.len() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        match self.delta.get(&key) {
            Some(change) => change.as_ref(),
            None => self.base.get(&key),
        }
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        if self.get(key).is_none() {
            self.len += 1;
        }
        self.delta.insert(key, Some(value));
    }

    pub(super) fn remove(&mut self, key: K) {
        if self.get(key).is_some() {
            self.len -= 1;
            self.delta.insert(key, None);
        }
    }

    /// Changes a value that is there.
    pub(super) fn update(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Clone,
    {
        if let Some(value) = self.get(key) {
            let mut value = value.clone();
            change(&mut value);
            self.delta.insert(key, Some(value));
        }
    }

    pub(super) fn first(&self) -> Option<(K, &V)> {
        self.next(Bound::Unbounded)
    }

    /// The first entry at `key` or behind it.
    pub(super) fn at_or_after(&self, key: K) -> Option<(K, &V)> {
        self.next(Bound::Included(key))
    }

    /// The first entry behind `key`.
    pub(super) fn after(&self, key: K) -> Option<(K, &V)> {
        self.next(Bound::Excluded(key))
    }

    /// Every key, rising.
    pub(super) fn keys(&self) -> Vec<K> {
        let mut keys = Vec::with_capacity(self.len);
        let mut entry = self.first();
        while let Some((key, _)) = entry {
            keys.push(key);
            entry = self.after(key);
        }
        keys
    }

    fn next(&self, from: Bound<K>) -> Option<(K, &V)> {
        let range = (from, Bound::Unbounded);
        let old = self.base.range(range).find(|(key, _)| !self.delta.contains_key(key));
        let new = self.delta.range(range).find_map(|(key, value)| Some((key, value.as_ref()?)));
        old.into_iter().chain(new).map(|(key, value)| (*key, value)).min_by_key(|(key, _)| *key)
    }

    pub(super) fn into_changes(self) -> impl Iterator<Item = (K, Option<V>)> {
        self.delta.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_top_hides_what_is_below() {
        let base = BTreeMap::from([(1, 'a'), (2, 'b'), (4, 'd')]);
        let mut overlay = Overlay::new(&base);
        overlay.remove(1);
        overlay.put(3, 'c');
        overlay.update(4, |value| *value = 'D');
        overlay.update(9, |_| unreachable!());
        overlay.remove(9);
        assert_eq!((overlay.keys(), overlay.len()), (vec![2, 3, 4], 3));
        assert_eq!((overlay.first(), overlay.after(2)), (Some((2, &'b')), Some((3, &'c'))));
        assert_eq!((overlay.get(1), overlay.get(4)), (None, Some(&'D')));
        assert_eq!(overlay.into_changes().collect::<Vec<_>>(), [(1, None), (3, Some('c')), (4, Some('D'))]);
    }
}
