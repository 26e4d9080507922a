//! What the fuzz targets do with their bytes. `cargo test` does the same with the committed corpus.

mod bytes;
pub mod receive;
pub mod schedule;
pub mod step;

use tl_parser::{Severity, SourceText};
use tl_types::{Raw, Schema, api, mtproto, secret};

use crate::agreement;
use crate::codec::Codec;
use crate::hex::hex;

pub use receive::receive;
pub use schedule::schedule;
pub use step::step;

/// A schema that parses is printed as one with the same tree; of any other, every diagnostic can be shown.
///
/// # Panics
/// If not.
pub fn parse(data: &[u8]) {
    let parsed = tl_parser::parse_bytes(data);
    let source = SourceText::from_bytes("fuzz.tl", data);
    for diagnostic in &parsed.diagnostics {
        assert!(!source.render(diagnostic).is_empty());
    }
    if parsed.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return;
    }
    let printed = tl_parser::print(&parsed.file);
    let again = tl_parser::parse(&printed);
    assert_eq!(again.file.without_spans(), parsed.file.without_spans(), "printed as:\n{printed}");
}

/// What the first byte of a decoder's input chooses from, with the table of the schema if that knows the same forms.
static TYPES: [(Codec, Option<&Schema>); 12] = [
    (Codec::of::<api::types::Updates>(), Some(&api::SCHEMA)),
    (Codec::of::<api::types::Message>(), Some(&api::SCHEMA)),
    (Codec::of::<api::types::PageBlock>(), Some(&api::SCHEMA)),
    (Codec::of::<api::types::JsonValue>(), Some(&api::SCHEMA)),
    (Codec::of::<api::functions::InvokeWithLayer<Raw>>(), Some(&api::SCHEMA)),
    (Codec::of::<mtproto::types::MessageContainer>(), Some(&mtproto::SCHEMA)),
    (Codec::of::<mtproto::types::RpcResult>(), Some(&mtproto::SCHEMA)),
    (Codec::of::<mtproto::types::help::ConfigSimple>(), Some(&mtproto::SCHEMA)),
    (Codec::of::<secret::exact::DecryptedMessage>(), Some(&secret::SCHEMA)),
    (
        Codec::of::<secret::constructors::DecryptedMessageLayer<secret::exact::DecryptedMessage>>(),
        Some(&secret::SCHEMA),
    ),
    (Codec::of::<secret::constructors::DecryptedMessageLayer<Raw>>(), None),
    (Codec::of::<secret::types::DecryptedMessage>(), None),
];

/// What decodes is encoded to what decodes to the same; the generated type and the table agree on what does not.
///
/// # Panics
/// If not.
pub fn decode(data: &[u8]) {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let Some((codec, table)) = TYPES.get(usize::from(choice) % TYPES.len()) else { return };
    if let Some(table) = table {
        agreement::compare(&(codec.decode)(bytes), table, bytes).unwrap();
    }
    let Ok(first) = (codec.reencode)(bytes) else { return };
    let encoded = first.bytes.unwrap();
    assert_eq!(first.announced, encoded.len());
    assert!((codec.print)(bytes).is_ok());
    let second = (codec.reencode)(&encoded).unwrap_or_else(|error| panic!("{error}: {}", hex(&encoded)));
    assert_eq!(second.bytes.unwrap(), encoded);
}
