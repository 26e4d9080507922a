//! Where blank lines, sections and the layer go.

use tl_parser::tree::{LayerMark, Section, SectionKind};
use tl_parser::{Combinator, File, Item, Span};

/// Lays the items out anew; they keep their order.
pub(super) fn arrange(file: File, layer: Option<u32>) -> File {
    let mut arranged = Arranged { items: Vec::new(), section: SectionKind::Types, was_blank: false };
    if let Some(layer) = layer {
        arranged.items.push(Item::Layer(LayerMark { layer, span: Span::default() }));
    }
    let mut section = None;
    for item in file.items {
        match item {
            Item::BlankLine => {
                arranged.was_blank = true;
                continue;
            }
            Item::Layer(_) => continue,
            // It is written in front of what it holds, so that one which holds nothing goes away.
            Item::Section(mark) => {
                section = Some(mark);
                continue;
            }
            item => {
                if let Some(mark) = section.take() {
                    arranged.enter(mark);
                }
                arranged.push(item);
            }
        }
        arranged.was_blank = false;
    }
    File { items: arranged.items }
}

/// The combinator with the fewest digits in its id, as Telegram publishes them.
pub(super) fn shorten_id(combinator: &Combinator) -> Combinator {
    let mut combinator = combinator.clone();
    if let Some(id) = &mut combinator.id {
        id.digits = u8::try_from(format!("{:x}", id.value).len()).unwrap_or(id.digits);
    }
    combinator
}

struct Arranged {
    items: Vec<Item>,
    section: SectionKind,
    /// Whether the source has a blank line in front of the next item.
    was_blank: bool,
}

impl Arranged {
    fn enter(&mut self, section: Section) {
        if section.kind != self.section {
            self.section = section.kind;
            self.blank();
            self.items.push(Item::Section(section));
        }
    }

    fn push(&mut self, item: Item) {
        let is_apart = match (self.items.last(), &item) {
            (None, _) => false,
            (Some(Item::Layer(_) | Item::Section(_)), _) | (Some(_), Item::Separator(_)) => true,
            (Some(Item::Separator(_)), _) => false,
            (Some(Item::Combinator(before)), Item::Combinator(next)) => are_apart(before, next),
            // Comments belong to what they touch.
            _ => self.was_blank,
        };
        if is_apart {
            self.blank();
        }
        self.items.push(match item {
            Item::Combinator(combinator) => Item::Combinator(Box::new(shorten_id(&combinator))),
            other => other,
        });
    }

    fn blank(&mut self) {
        if !matches!(self.items.last(), None | Some(Item::BlankLine)) {
            self.items.push(Item::BlankLine);
        }
    }
}

/// Whether a blank line goes between two declarations. Within a layer none does.
fn are_apart(before: &Combinator, next: &Combinator) -> bool {
    match (next.layer, next.section) {
        (Some(_), _) => false,
        (None, SectionKind::Types) => before.result.to_string() != next.result.to_string(),
        (None, SectionKind::Functions) => before.name.namespace != next.name.namespace,
    }
}
