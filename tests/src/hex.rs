//! Bytes in messages.

/// Bytes in hex, with their number; not too many of them.
pub fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 96;
    let shown: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    match bytes.len() {
        len @ ..=SHOWN => format!("{shown} ({len} bytes)"),
        len => format!("{shown}… ({len} bytes)"),
    }
}
