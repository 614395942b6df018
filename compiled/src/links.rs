//! Whose events a batch holds.

use std::collections::HashMap;

use pyo3::pybacked::PyBackedBytes;

use crate::heads::{self, EVENT, Head};

/// What a batch holds of one link.
pub struct Link {
    /// The place of the first of its events.
    pub first: usize,
    /// The ids of the keys that its events were sealed under.
    pub key_ids: Vec<u64>,
}

/// For each message the number of its link, nothing where it is no event of ours; and the links.
pub fn of(values: &[Option<PyBackedBytes>]) -> (Vec<Option<usize>>, Vec<Link>) {
    let (mut numbers, mut links) = (Vec::with_capacity(values.len()), Vec::new());
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    for (place, value) in values.iter().enumerate() {
        let head = value.as_deref().and_then(|value| heads::read(EVENT, value));
        numbers.push(head.and_then(|head| number(place, &head, &mut known, &mut links)));
    }
    (numbers, links)
}

fn number<'v>(
    place: usize,
    head: &Head<'v>,
    known: &mut HashMap<&'v [u8], usize>,
    links: &mut Vec<Link>,
) -> Option<usize> {
    let number = if let Some(number) = known.get(head.names) {
        *number
    } else {
        heads::names(head.names)?;
        links.push(Link { first: place, key_ids: Vec::new() });
        known.insert(head.names, links.len() - 1);
        links.len() - 1
    };
    let key_ids = &mut links.get_mut(number)?.key_ids;
    if !key_ids.contains(&head.key_id) {
        key_ids.push(head.key_id);
    }
    Some(number)
}
