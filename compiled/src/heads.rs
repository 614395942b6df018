//! The clear head of what goes over the broker: `streams/kafka/wire.py`.

use std::str;

/// The kinds of message.
pub const EVENT: u8 = 1;
pub const DECISION: u8 = 2;

/// What a database takes for a number.
const MOST_NUMBER: u64 = u64::MAX >> 1;

const NUMBER: usize = size_of::<u64>();

/// A message of a link, its head read.
pub struct Head<'a> {
    /// Tenant and link with their lengths: the same bytes in all heads of a link.
    pub names: &'a [u8],
    pub seq: u64,
    pub key_id: u64,
    pub sealed: &'a [u8],
}

/// Nothing where it is not a message of this kind.
pub fn read(kind: u8, value: &[u8]) -> Option<Head<'_>> {
    let rest = value.strip_prefix(&[kind])?;
    let end = named(rest, named(rest, 0)?)?;
    let (names, rest) = rest.split_at(end);
    let (seq, rest) = rest.split_first_chunk::<NUMBER>()?;
    let (key_id, sealed) = rest.split_first_chunk::<NUMBER>()?;
    let (seq, key_id) = (u64::from_be_bytes(*seq), u64::from_be_bytes(*key_id));
    // What no database would take for a number must not get as far as one.
    (seq.max(key_id) <= MOST_NUMBER).then_some(Head { names, seq, key_id, sealed })
}

/// Tenant and link.
pub fn names(names: &[u8]) -> Option<(&str, &str)> {
    let first = named(names, 0)?;
    let second = named(names, first)?;
    Some((name(&names[1..first])?, name(&names[first + 1..second])?))
}

fn name(bytes: &[u8]) -> Option<&str> {
    let name = str::from_utf8(bytes).ok()?;
    (!name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_control())).then_some(name)
}

/// Appends a head.
pub fn write(out: &mut Vec<u8>, kind: u8, names: &[u8], seq: u64, key_id: u64) {
    out.push(kind);
    out.extend_from_slice(names);
    out.extend_from_slice(&seq.to_be_bytes());
    out.extend_from_slice(&key_id.to_be_bytes());
}

/// Where the name that begins at a place ends.
fn named(bytes: &[u8], begin: usize) -> Option<usize> {
    let end = begin + 1 + usize::from(*bytes.get(begin)?);
    (end <= bytes.len()).then_some(end)
}
