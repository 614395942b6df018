//! The same characters for the same text, however it is dressed. What folds to what is Python's to say: `filters/folding.py`.

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::value::{Sure, Unsure};

const PAGE: usize = 256;

/// What Python hands over of one character: its number, what it folds to beside others of its kind, and whether it
/// is a letter (`str.isalpha`).
pub type Character = (u32, Vec<u8>, bool);

#[derive(Clone, Default)]
struct Folded {
    known: bool,
    alpha: bool,
    bytes: Box<[u8]>,
}

/// The table of folding, for the characters that it knows.
#[pyclass(frozen)]
pub struct Folding {
    /// What a character of a text that is all Latin-1 folds to; 0 for nothing.
    narrow: [u8; PAGE],
    /// What a character of any other text folds to, by pages of 256 characters.
    wide: HashMap<u32, Box<[Folded]>>,
}

#[pymethods]
impl Folding {
    #[new]
    fn new(narrow: Vec<u8>, wide: Vec<Character>) -> PyResult<Self> {
        let narrow: [u8; PAGE] =
            narrow.try_into().map_err(|_| PyValueError::new_err("the narrow table has 256 entries"))?;
        let mut pages: HashMap<u32, Box<[Folded]>> = HashMap::new();
        for (code, bytes, alpha) in wide {
            // What is ASCII folds alike, whatever stands beside it.
            let plain = usize::try_from(code).ok().filter(|code| *code < 128).and_then(|code| narrow.get(code));
            if plain.is_some_and(|plain: &u8| *bytes != *[*plain].strip_prefix(&[0]).unwrap_or(&[*plain])) {
                return Err(PyValueError::new_err("an ASCII character folds in two ways"));
            }
            let page = pages.entry(code >> 8).or_insert_with(|| vec![Folded::default(); PAGE].into());
            page[code as usize % PAGE] = Folded { known: true, alpha, bytes: bytes.into() };
        }
        Ok(Self { narrow, wide: pages })
    }
}

impl Folding {
    /// Appends what a text folds to; `wide` where it, or a text it is folded together with, is not all Latin-1.
    /// Stops once there is more than `room` for, which is as much as whoever asks can use.
    pub fn fold(&self, text: &str, wide: bool, room: usize, out: &mut Vec<u8>) -> Sure<()> {
        let mut rest = text;
        while out.len() <= room {
            let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let folded = rest.bytes().take(ascii).map(|byte| self.narrow[usize::from(byte)]);
            out.extend(folded.filter(|byte| *byte != 0));
            let mut others = rest[ascii..].chars();
            let Some(character) = others.next() else { break };
            self.fold_one(character, wide, out)?;
            rest = others.as_str();
        }
        Ok(())
    }

    /// A character that is not in ASCII.
    fn fold_one(&self, character: char, wide: bool, out: &mut Vec<u8>) -> Sure<()> {
        match u8::try_from(u32::from(character)) {
            Ok(byte) if !wide => out.extend(Some(self.narrow[usize::from(byte)]).filter(|byte| *byte != 0)),
            _ => out.extend_from_slice(&self.known(character)?.bytes),
        }
        Ok(())
    }

    /// Whether a text has letters only, and some; Python's `isalpha`.
    pub fn is_alpha(&self, text: &str) -> Sure<bool> {
        if text.is_ascii() {
            return Ok(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic()));
        }
        for character in text.chars() {
            if !self.known(character)?.alpha {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn known(&self, character: char) -> Sure<&Folded> {
        let code = u32::from(character);
        let folded = self.wide.get(&(code >> 8)).map(|page| &page[code as usize % PAGE]);
        folded.filter(|folded| folded.known).ok_or(Unsure)
    }
}

/// Whether a text has a character that is not in Latin-1.
pub fn is_wide(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | (byte >= 0xC4))
}
