//! Files and modules: what stands at their top, and where they are.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitter, Files, Items};

/// What generated code may use of the runtime.
const RUNTIME: [&str; 17] = [
    "Absence",
    "Callers",
    "Combinator",
    "Constructor",
    "Decode",
    "Encode",
    "Function",
    "Index",
    "Layered",
    "NotCarried",
    "Raise",
    "Raw",
    "Reader",
    "Schema",
    "Shape",
    "Sink",
    "Trace",
];
/// The functions of the runtime that it may call.
const CALLS: [&str; 8] = ["absent", "bit", "carry", "carry_option", "debug", "narrow", "narrow_option", "required"];
/// The traits whose methods it calls.
const METHODS: [(&str, &str); 4] =
    [("encode", "Encode"), ("decode", "Decode"), ("encode_fields", "Combinator"), ("decode_fields", "Combinator")];
/// What it may use of its own schema.
const SIBLINGS: [&str; 7] = ["LAYER", "LAYERS", "SCHEMA", "constructors", "exact", "functions", "types"];

impl Emitter<'_> {
    /// Writes `items` as the module `top` with a submodule for each namespace.
    pub(super) fn modules(&self, top: &str, doc: &str, items: Items, files: &mut Files) {
        if items.0.is_empty() {
            return;
        }
        let mut paths: BTreeSet<Vec<String>> = BTreeSet::from([Vec::new()]);
        for path in items.0.keys() {
            paths.extend((1..=path.len()).map(|len| path.iter().take(len).cloned().collect()));
        }
        for path in &paths {
            let children: Vec<&Vec<String>> =
                paths.iter().filter(|other| other.len() == path.len() + 1 && other.starts_with(path)).collect();
            let declarations = children.iter().filter_map(|child| child.last()).map(|child| {
                let ident = crate::names::word(child.trim_start_matches("r#"));
                quote! { pub mod #ident; }
            });
            let body = items.0.get(path).map(Vec::as_slice).unwrap_or_default();
            let mut place: Vec<String> = top.split('/').map(str::to_owned).collect();
            place.extend(path.iter().map(|part| part.trim_start_matches("r#").to_owned()));
            let doc = match path.is_empty() {
                true => doc.to_owned(),
                false => format!("{} Namespace `{}`.", doc, path.join(".")),
            };
            let text = self.file(&place, Some(&doc), quote! { #(#declarations)* #(#body)* });
            let file = match children.is_empty() {
                true => format!("{}.rs", place.join("/")),
                false => format!("{}/mod.rs", place.join("/")),
            };
            files.insert(file, text);
        }
    }

    /// The text of a file: provenance, documentation, imports, and the items.
    ///
    /// `place` is the module below the schema's own.
    pub(super) fn file(&self, place: &[String], doc: Option<&str>, body: TokenStream) -> String {
        let body = format(body);
        let code: Vec<&str> = body.lines().filter(|line| !line.trim_start().starts_with("///")).collect();
        let code = without_strings(&code.join("\n"));
        let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let mut text = self.provenance("//");
        if let Some(doc) = doc {
            let _ = writeln!(text, "//! {doc}\n");
        }
        if words.contains("fmt") {
            text.push_str("use std::fmt;\n");
        }
        if words.contains("OnceLock") {
            text.push_str("use std::sync::OnceLock;\n");
        }
        let brings = |word: &&str| {
            words.contains(word) || METHODS.iter().any(|(method, of)| of == word && words.contains(method))
        };
        let mut runtime: Vec<&str> = RUNTIME.into_iter().filter(brings).collect();
        if place == ["errors"] {
            runtime.extend(["ErrorPattern", "RpcError"]);
        }
        runtime.extend(CALLS.into_iter().filter(|name| words.contains(name) && body.contains(&format!("{name}("))));
        import(&mut text, self.context.runtime, &runtime);
        if !place.is_empty() {
            let is_layer =
                |word: &&str| word.strip_prefix("layer_").is_some_and(|number| number.parse::<u32>().is_ok());
            let layers = words.iter().copied().filter(is_layer);
            let is_used = |word: &&str| {
                words.contains(word)
                    && !code.contains(&format!("mod {word};"))
                    && code.match_indices(*word).any(|(at, _)| {
                        let (before, after) = (code.get(..at), code.get(at + word.len()..));
                        let is_path = after.is_some_and(|after| after.starts_with("::"));
                        let is_item = word.starts_with(|first: char| first.is_uppercase());
                        (is_item || is_path) && !before.is_some_and(|before| before.ends_with("::"))
                    })
            };
            let siblings: Vec<&str> = SIBLINGS.into_iter().filter(is_used).chain(layers).collect();
            import(&mut text, &vec!["super"; place.len()].join("::"), &siblings);
        }
        text.push('\n');
        text.push_str(&body);
        text
    }

    /// Where the file came from, as comments.
    pub(super) fn provenance(&self, comment: &str) -> String {
        let origin = &self.view.schema.origin;
        let version = env!("CARGO_PKG_VERSION");
        format!(
            "{comment} @generated by tl-codegen {version} from {}, layer {}. Do not edit.\n{comment} sha256 {}\n\n",
            origin.file, origin.layer, origin.sha256
        )
    }
}

/// The code with every string literal emptied: what is quoted is not used.
fn without_strings(code: &str) -> String {
    code.replace("\\\"", "").split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

fn import(text: &mut String, from: &str, names: &[&str]) {
    match names {
        [] => {}
        [name] => {
            let _ = writeln!(text, "use {from}::{name};");
        }
        names => {
            let _ = writeln!(text, "use {from}::{{{}}};", names.join(", "));
        }
    }
}

/// The items as formatted Rust, with a blank line behind each item and each method.
fn format(items: TokenStream) -> String {
    match syn::parse2::<syn::File>(items) {
        Ok(file) => space(&prettyplease::unparse(&file)),
        // A fault of the emitter. The compiler's own message at the place says more than a panic could.
        Err(error) => format!("compile_error!(\"the generator emitted what is not Rust: {error}\");\n"),
    }
}

fn space(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 16);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        spaced.push_str(line);
        spaced.push('\n');
        let ends = match lines.peek() {
            None | Some(&"") => false,
            Some(next) if line == "}" || line.ends_with(';') && !line.starts_with(' ') => {
                !next.starts_with("pub mod ") && !next.starts_with('}')
            }
            Some(next)
                if line == "    }" || line.starts_with("    const SCHEMA") || line.starts_with("    const SHAPE") =>
            {
                !next.starts_with('}')
            }
            _ => false,
        };
        if ends {
            spaced.push('\n');
        }
    }
    spaced
}
