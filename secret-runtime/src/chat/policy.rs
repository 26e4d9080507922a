//! What may be written to which peer.
//!
//! The schema says which layer has a form for what; the generated bindings know that
//! ([`Layered`]). This module owns what no field shows: the [`RULES`], the layers that are written, and the arithmetic
//! of timers. It knows no chat: the layer comes in as an argument.

mod rules;
mod timer;

use std::fmt;

use tl_types::secret::types::{DecryptedMessage, MessageEntity};
use tl_types::{Layered, NotCarried};

use rules::Test;

pub use rules::{
    DELETE_HISTORY_LAYER, KEY_LEN, LARGE_FILE_LAYER, NESTED_ENTITIES_LAYER, RULES, Rule, THUMB_MAX_LEN, THUMB_MAX_SIDE,
};
pub use timer::{MAX_TTL, clamp_ttl, self_destruct_after};

/// The newest layer that this crate writes.
pub const MY_LAYER: u32 = 144;

/// The layer that every peer reads; a chat starts at it.
pub const MIN_LAYER: u32 = 46;

/// The numbers that `decryptedMessageLayer.layer` may have, rising. Telegram for iOS stalls on any other.
pub const WRITTEN_LAYERS: [u32; 4] = [MIN_LAYER, 73, 101, MY_LAYER];

/// The layer to write when we read up to `mine` and the peer up to `theirs`: the lower one, rounded down to one of
/// [`WRITTEN_LAYERS`]. It never falls as the two rise; that neither falls is the chat's to see to.
///
/// ```
/// use secret_runtime::chat::policy::{MY_LAYER, written_layer};
///
/// assert_eq!(written_layer(MY_LAYER, 143), 101);
/// assert_eq!(written_layer(MY_LAYER, 151), 144);
/// assert_eq!(written_layer(MY_LAYER, 8), 46);
/// ```
#[must_use]
pub fn written_layer(mine: u32, theirs: u32) -> u32 {
    let shared = mine.min(theirs);
    WRITTEN_LAYERS.into_iter().rev().find(|&layer| layer <= shared).unwrap_or(MIN_LAYER)
}

/// Whether a peer of that layer deletes its history when `messages.discardEncryption` has `delete_history`.
#[must_use]
pub fn deletes_history(theirs: u32) -> bool {
    theirs >= DELETE_HISTORY_LAYER
}

/// Whether `message` may be written at `layer` as it stands.
///
/// # Errors
/// [`Refusal`] names what may not: first by the schema, then by the [`RULES`] in their order.
pub fn check(message: &DecryptedMessage, layer: u32) -> Result<(), Refusal> {
    check_floor(layer)?;
    message.exact_at(layer).map_err(Refusal::of_schema)?;
    check_rules(message, layer)?;
    for (rule, drops) in droppers(layer) {
        if let Some(index) = drops(entities_of(message)).first() {
            return Err(rule.refusal(format!("entities[{index}]"), layer));
        }
    }
    Ok(())
}

/// The best of `message` that may be written at `layer`, and a list of what that leaves out; [`check`] takes it then.
///
/// The rules come before the schema, but an entity that the schema drops does not displace another.
///
/// # Errors
/// [`Refusal`] if a rule is broken that leaving something out would not mend, or if the schema has no form for
/// something that must not be lost, such as a file's size.
pub fn lower(mut message: DecryptedMessage, layer: u32) -> Result<Lowered, Refusal> {
    check_floor(layer)?;
    check_rules(&message, layer)?;
    let entities = match &mut message {
        DecryptedMessage::DecryptedMessage(fields) => fields.entities.take(),
        DecryptedMessage::Service(_) => None,
    };
    let lowered = message.lower_to(layer).map_err(Refusal::of_schema)?;
    let mut value = lowered.value;
    let mut dropped: Vec<_> =
        lowered.dropped.iter().map(|loss| Dropped { path: loss.path().to_owned(), rule: SCHEMA }).collect();
    if let (Some(entities), DecryptedMessage::DecryptedMessage(fields)) = (entities, &mut value) {
        let (kept, gone) = lower_entities(entities, layer);
        fields.entities = (!kept.is_empty()).then_some(kept);
        dropped.extend(gone);
    }
    Ok(Lowered { value, dropped })
}

/// What is left, and what went, by its index in `entities`.
fn lower_entities(entities: Vec<MessageEntity>, layer: u32) -> (Vec<MessageEntity>, Vec<Dropped>) {
    let mut reasons: Vec<Option<&'static str>> =
        entities.iter().map(|entity| entity.absence(layer).map(|_| SCHEMA)).collect();
    for (rule, drops) in droppers(layer) {
        let left = || entities.iter().zip(&reasons).enumerate().filter(|(_, (_, reason))| reason.is_none());
        let candidates: Vec<_> = left().map(|(_, (entity, _))| entity.clone()).collect();
        let places: Vec<_> = left().map(|(index, _)| index).collect();
        for index in drops(&candidates) {
            if let Some(reason) = places.get(index).and_then(|&place| reasons.get_mut(place)) {
                *reason = Some(rule.what);
            }
        }
    }
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for (index, (entity, reason)) in entities.into_iter().zip(reasons).enumerate() {
        match reason {
            None => kept.push(entity),
            Some(rule) => gone.push(Dropped { path: format!("entities[{index}]"), rule }),
        }
    }
    (kept, gone)
}

fn check_floor(layer: u32) -> Result<(), Refusal> {
    if layer >= MIN_LAYER {
        return Ok(());
    }
    Err(Refusal {
        path: String::new(),
        layer,
        needs: Some(MIN_LAYER),
        rule: "every peer reads layer 46, and nothing older is written",
    })
}

fn check_rules(message: &DecryptedMessage, layer: u32) -> Result<(), Refusal> {
    for rule in RULES.iter().filter(|rule| rule.binds(layer)) {
        if let Test::Refuses(breach) = rule.test
            && let Some(path) = breach(message)
        {
            return Err(rule.refusal(path, layer));
        }
    }
    Ok(())
}

type Drops = fn(&[MessageEntity]) -> Vec<usize>;

fn droppers(layer: u32) -> impl Iterator<Item = (&'static Rule, Drops)> {
    RULES.iter().filter(move |rule| rule.binds(layer)).filter_map(|rule| match rule.test {
        Test::Drops(drops) => Some((rule, drops)),
        Test::Refuses(_) | Test::Closing => None,
    })
}

fn entities_of(message: &DecryptedMessage) -> &[MessageEntity] {
    match message {
        DecryptedMessage::DecryptedMessage(fields) => fields.entities.as_deref().unwrap_or_default(),
        DecryptedMessage::Service(_) => &[],
    }
}

const SCHEMA: &str = "the schema has no form for it at this layer";

/// A message as a layer may have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// Still in the newest form.
    pub value: DecryptedMessage,
    /// What was left out.
    pub dropped: Vec<Dropped>,
}

/// Something that was left out of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    path: String,
    rule: &'static str,
}

impl Dropped {
    /// The field, from the message: `entities[2]`, by the index before anything went.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Why it went, as [`Rule::what`] has it, or that the schema has no form for it.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, rule } = self;
        write!(f, "`{path}` was left out: {rule}")
    }
}

/// A message may not be written; it is for who built it to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    path: String,
    layer: u32,
    needs: Option<u32>,
    rule: &'static str,
}

impl Refusal {
    pub(super) fn of_schema(error: NotCarried) -> Self {
        Self { path: error.path().to_owned(), layer: error.layer(), needs: error.needs(), rule: SCHEMA }
    }

    /// The field, from the message: `media.key`; empty for the message itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The layer at which it was to be written.
    pub fn layer(&self) -> u32 {
        self.layer
    }

    /// The layer that is needed; `None` if no layer allows it.
    pub fn needs(&self) -> Option<u32> {
        self.needs
    }

    /// The rule, as [`Rule::what`] has it, or that the schema has no form for it.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, layer, needs, rule } = self;
        match path.as_str() {
            "" => f.write_str("the message")?,
            path => write!(f, "`{path}`")?,
        }
        match needs {
            Some(needed) => write!(f, " may not be sent at layer {layer}, it needs layer {needed}: {rule}"),
            None => write!(f, " may not be sent at any layer: {rule}"),
        }
    }
}

impl std::error::Error for Refusal {}
