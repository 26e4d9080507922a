//! What an error says: the type, the path of the field, the offset, the id, and the layer.

use fastrand::Rng;
use insta::assert_snapshot;
use tl_codegen::schema::CombinatorIndex;
use tl_tests::nesting::nest;
use tl_tests::random::{Frame, Generator, Mode};
use tl_tests::registry::Forms;
use tl_tests::universe::Universe;

/// What the error says about `content` at the end of a path of fields, each `constructor.field`; all else is minimal.
fn error(universe: &Universe, forms: Forms, path: &[&str], content: &[u8]) -> String {
    let generator = Generator::new(universe, forms, Mode::Minimal, 0);
    let frame = |step: &&str| -> Frame {
        let (constructor, field) = step.rsplit_once('.').unwrap();
        let index = newest(universe, constructor);
        let fields = &universe.schema.combinator(index).fields;
        let position = fields.iter().position(|declared| declared.name == field).unwrap();
        generator.frame(index, position, 1, &mut Rng::with_seed(0))
    };
    let frames: Vec<Frame> = path.iter().map(frame).collect();
    let bytes = nest(&frames, 1, content);
    let id = u32::from_le_bytes(*bytes.first_chunk().unwrap());
    let row = universe.rows(id).iter().find(|row| row.forms == forms && row.is_boxed_type()).unwrap();
    (row.codec.decode)(&bytes).unwrap_err().to_string()
}

/// The newest form of a constructor.
fn newest(universe: &Universe, constructor: &str) -> CombinatorIndex {
    let forms = universe.schema.indexed().filter(|(_, combinator)| combinator.name.to_string() == constructor);
    forms.max_by_key(|(_, combinator)| combinator.layer).unwrap().0
}

fn api(path: &[&str], content: &[u8]) -> String {
    error(Universe::api(), Forms::Newest, path, content)
}

#[test]
fn an_id_of_no_schema_is_told_with_its_place() {
    assert_snapshot!(api(&["updates.updates", "updateNewMessage.message", "message.media"], b"\xef\xbe\xad\xde"), @"unknown id #deadbeef where MessageMedia was expected, at updates[0].message.media in Updates, offset 52 (api, layer 230)");
}

#[test]
fn an_id_of_another_type_is_named() {
    assert_snapshot!(api(&["updates.users"], &0xf35c_6d01_u32.to_le_bytes()), @"unknown id #f35c6d01 where User was expected, at users[0] in Updates, offset 20 (api, layer 230)");
    assert_snapshot!(api(&["updates.users"], &0x7f3b_18ea_u32.to_le_bytes()), @"unknown id #7f3b18ea where User was expected (#7f3b18ea is inputPeerEmpty), at users[0] in Updates, offset 20 (api, layer 230)");
}

#[test]
fn an_id_that_only_an_older_layer_has_is_named_with_the_layer() {
    let secret = |forms| error(Universe::secret(), forms, &["decryptedMessage.media"], &0xb095_434b_u32.to_le_bytes());
    assert_snapshot!(secret(Forms::Newest), @"unknown id #b095434b where DecryptedMessageMedia was expected (#b095434b is decryptedMessageMediaDocument of layer 8), at media in DecryptedMessage, offset 24 (secret, layer 144)");
    assert_snapshot!(secret(Forms::Every), @"the input ends where bytes was expected, at media.thumb in DecryptedMessage, offset 28 (secret, layer 144)");
}

#[test]
fn an_item_of_a_vector_in_a_vector_is_told_by_its_position() {
    let path = ["replyKeyboardMarkup.rows", "keyboardButtonRow.buttons"];
    assert_snapshot!(api(&path, b"\xef\xbe\xad\xde"), @"unknown id #deadbeef where KeyboardButton was expected, at rows[0].buttons[0] in ReplyMarkup, offset 28 (api, layer 230)");
}

#[test]
fn a_count_that_cannot_be_is_told() {
    let update = [0xa20d_b0e5_u32, 0x1cb5_c415, 7_000_000].map(u32::to_le_bytes).concat();
    assert_snapshot!(api(&["updates.updates"], &update), @"Vector<int> announces 7000000 items, more than the rest of the input can hold, at updates[0].messages in Updates, offset 20 (api, layer 230)");
}

#[test]
fn text_that_is_not_utf_8_is_told_without_being_quoted() {
    assert_snapshot!(api(&["updateShortMessage.message"], b"\x03a\xff\xff"), @"a string that is not UTF-8 from its byte 1 on, at message in Updates, offset 20 (api, layer 230)");
}

#[test]
fn a_length_that_is_none_is_told() {
    assert_snapshot!(api(&["updateShortMessage.message"], b"\xff\0\0\0"), @"no length where string was expected (0xff begins none), at message in Updates, offset 20 (api, layer 230)");
}

#[test]
fn nesting_without_end_is_told() {
    let path = vec!["textBold.text"; 60];
    assert_snapshot!(api(&path, &0xdc3d_824f_u32.to_le_bytes()), @"values nest more than 48 deep where RichText was expected, at text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text.text in RichText, offset 196 (api, layer 230)");
}

#[test]
fn a_message_in_a_container_that_is_shorter_than_its_length_is_told() {
    let container = |body: &[u8]| error(Universe::mtproto(), Forms::Newest, &["msg_container.messages"], body);
    let mut message = [0; 20];
    message[12] = 200;
    assert_snapshot!(container(&message), @"the input ends where Object was expected, at messages[0].body in msg_container, offset 28 (mtproto)");
}
