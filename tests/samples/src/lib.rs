//! Bindings that the build script generates.

/// Declares the module of a schema. The files are where the build script wrote them.
macro_rules! generated {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[allow(missing_docs, clippy::all, reason = "generated")]
        pub mod $name {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), "/mod.rs"));
        }
    )*};
}

generated! {
    /// Every construct of TL that has a Rust type.
    constructs;
    /// Names that Rust, its prelude or the generated code itself uses.
    names;
    /// Every way in which a form differs from the newest one.
    steps;
    /// Constructors that come in at a later layer, wherever a value of their type may stand.
    late;
    /// The schema of secret chats.
    secret;
    /// The part of the main schema that one function needs.
    api;
}
