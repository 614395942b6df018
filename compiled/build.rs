//! Names the sources that a core is built from. `deploy/core_version.py` works out the same name.

use std::{fs, io};

/// What decides how a core decides, beside `src`.
const OTHERS: [&str; 3] = ["Cargo.lock", "Cargo.toml", "build.rs"];

fn main() -> io::Result<()> {
    let mut sources = Vec::new();
    for entry in fs::read_dir("src")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        sources.extend(name.strip_suffix(".rs").map(|stem| format!("src/{stem}.rs")));
    }
    sources.sort_unstable();
    let mut digest = FIRST;
    for path in OTHERS.iter().copied().chain(sources.iter().map(String::as_str)) {
        digest = fnv(fnv(digest, path.as_bytes()), &fs::read(path)?);
    }
    println!("cargo::rustc-env=ECLUSE_SOURCES={digest:016x}");
    for path in OTHERS.into_iter().chain(["src"]) {
        println!("cargo::rerun-if-changed={path}");
    }
    Ok(())
}

const FIRST: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a: it tells sources apart, and is no seal against whoever wants to deceive.
fn fnv(digest: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(digest, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(PRIME))
}
