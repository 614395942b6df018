//! What a decision says besides its event: whose view was sent, which fields left, which stayed.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};

use crate::write;

/// One way in which events of one shape end. Its Python objects are made once, and shared by all decisions.
pub struct Outcome {
    profile: String,
    sent: Vec<String>,
    masked: Vec<String>,
    stripped: Vec<String>,
    made: PyOnceLock<Made>,
    /// The pointers, as a packed decision has them: sent, masked, stripped.
    json: OnceLock<Vec<u8>>,
}

/// The same, as Python has it.
pub struct Made {
    pub profile: Py<PyString>,
    pub sent: Py<PyTuple>,
    pub masked: Py<PyTuple>,
    pub stripped: Py<PyTuple>,
}

impl Outcome {
    pub fn new<T: AsRef<str>>(profile: String, sent: &[&str], masked: &[&str], stripped: &[T]) -> Self {
        let owned = |pointers: &[&str]| pointers.iter().map(|pointer| (*pointer).to_owned()).collect();
        Self {
            profile,
            sent: owned(sent),
            masked: owned(masked),
            stripped: stripped.iter().map(|pointer| pointer.as_ref().to_owned()).collect(),
            made: PyOnceLock::new(),
            json: OnceLock::new(),
        }
    }

    /// Appends profile and pointers as JSON; the profile is of what was sent.
    pub fn write(&self, sent: bool, out: &mut Vec<u8>) {
        write::text(out, if sent { &self.profile } else { "" });
        out.push(b',');
        out.extend_from_slice(self.json.get_or_init(|| {
            let mut json = b"[".to_vec();
            texts(&self.sent, &mut json);
            json.push(b',');
            texts(&self.masked, &mut json);
            json.push(b',');
            texts(&self.stripped, &mut json);
            json.push(b']');
            json
        }));
    }

    pub fn made(&self, py: Python<'_>) -> PyResult<&Made> {
        self.made.get_or_try_init(py, || {
            Ok(Made {
                profile: PyString::intern(py, &self.profile).unbind(),
                sent: pointers(py, &self.sent)?,
                masked: pointers(py, &self.masked)?,
                stripped: pointers(py, &self.stripped)?,
            })
        })
    }
}

fn texts(texts: &[String], json: &mut Vec<u8>) {
    json.push(b'[');
    for (number, text) in texts.iter().enumerate() {
        if number > 0 {
            json.push(b',');
        }
        write::text(json, text);
    }
    json.push(b']');
}

fn pointers(py: Python<'_>, pointers: &[String]) -> PyResult<Py<PyTuple>> {
    let made = pointers.iter().map(|pointer| PyString::intern(py, pointer));
    Ok(PyTuple::new(py, made.collect::<Vec<_>>())?.unbind())
}
