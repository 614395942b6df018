//! Payloads sealed and opened by the batch: AES-256-GCM, as `store/keys.py` has it: nonce, ciphertext and tag in one.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

pub const NONCE_BYTES: usize = NONCE_LEN;

/// Bytes that take long enough for the GIL to be let go.
const WORTH_LETTING_GO_BYTES: usize = 64 * 1024;

/// Seals each text under its own nonce; `nonces` holds them one after the other, and none may ever be used again.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is held while the GIL is not")]
pub fn seal_many<'py>(
    py: Python<'py>,
    key: &[u8],
    nonces: PyBackedBytes,
    plains: Vec<PyBackedBytes>,
    aads: Vec<PyBackedBytes>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let key = Key::new(key)?;
    if nonces.len() != plains.len() * NONCE_BYTES || aads.len() != plains.len() {
        return Err(PyValueError::new_err("each text needs a nonce of 12 bytes and what it belongs to"));
    }
    let work = || {
        let parts = nonces.chunks_exact(NONCE_BYTES).zip(&plains).zip(&aads);
        parts.map(|((nonce, plain), aad)| sealed(&key, nonce, plain, aad)).collect()
    };
    let sealed: Option<Vec<Vec<u8>>> = if is_little(&plains) { work() } else { py.detach(work) };
    let sealed = sealed.ok_or_else(|| PyValueError::new_err("a text is too long to be sealed"))?;
    Ok(sealed.iter().map(|sealed| PyBytes::new(py, sealed)).collect())
}

/// Opens each; `None` where it was altered, moved, or sealed under another key.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is held while the GIL is not")]
pub fn open_many<'py>(
    py: Python<'py>,
    key: &[u8],
    sealed: Vec<PyBackedBytes>,
    aads: Vec<PyBackedBytes>,
) -> PyResult<Vec<Option<Bound<'py, PyBytes>>>> {
    let key = Key::new(key)?;
    if aads.len() != sealed.len() {
        return Err(PyValueError::new_err("each sealed text needs what it belongs to"));
    }
    let work = || sealed.iter().zip(&aads).map(|(sealed, aad)| plain(&key, sealed, aad)).collect();
    let plains: Vec<Option<Vec<u8>>> = if is_little(&sealed) { work() } else { py.detach(work) };
    Ok(plains.iter().map(|plain| plain.as_ref().map(|plain| PyBytes::new(py, plain))).collect())
}

/// Whether some texts are done with sooner than the GIL would be had back.
fn is_little(texts: &[PyBackedBytes]) -> bool {
    texts.iter().map(|text| text.len()).sum::<usize>() < WORTH_LETTING_GO_BYTES
}

/// A key, ready.
pub struct Key(LessSafeKey);

impl Key {
    pub fn new(raw: &[u8]) -> PyResult<Self> {
        let key = UnboundKey::new(&AES_256_GCM, raw).map_err(|_| PyValueError::new_err("a key has 32 bytes"))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Appends what was sealed; nothing, and nothing appended, where it does not open.
    pub fn open(&self, sealed: &[u8], aad: &[u8], plain: &mut Vec<u8>) -> Option<()> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let begin = plain.len();
        plain.extend_from_slice(rest);
        let length = self.0.open_in_place(nonce, Aad::from(aad), &mut plain[begin..]).map(|opened| opened.len());
        plain.truncate(begin + length.unwrap_or(0));
        length.ok().map(|_| ())
    }

    /// Seals what stands in `text` from a place on, where it stands, and appends the tag. The nonce is not written.
    pub fn seal(&self, nonce: &[u8], aad: &[u8], text: &mut Vec<u8>, begin: usize) -> Option<()> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut text[begin..]).ok()?;
        text.extend_from_slice(tag.as_ref());
        Some(())
    }
}

fn sealed(key: &Key, nonce: &[u8], plain: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = Vec::with_capacity(NONCE_BYTES + plain.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(nonce);
    sealed.extend_from_slice(plain);
    key.seal(nonce, aad, &mut sealed, NONCE_BYTES).map(|()| sealed)
}

fn plain(key: &Key, sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(sealed.len());
    key.open(sealed, aad, &mut plain).map(|()| plain)
}
