//! Where `grammers-tl-types` differs. Tests assert that the lists are complete and that nothing in them is out of date.

/// What our schemas declare and grammers' do not, by schema and name.
///
/// They are lines that its `mtproto.tl` has as comments, "parsed manually": its MTProto layer reads them byte by byte.
pub const ABSENT: &[(&str, &str)] = &[
    ("mtproto", "rpc_result"),
    ("mtproto", "message"),
    ("mtproto", "msg_container"),
    ("mtproto", "msg_copy"),
    ("mtproto", "gzip_packed"),
];

/// What starts with flags that no field depends on: `tl-types` keeps such a number, grammers writes 0 in its place.
pub const FORGOTTEN_FLAGS: &[(&str, &str)] =
    &[("api", "exportedChatlistInvite"), ("api", "stories.allStoriesNotModified"), ("api", "buttonTypeRequestPeer")];
