//! Writes the table of what `grammers-tl-types` can decode: a row for each combinator of the schemas, whose item is named
//! by grammers' rules. A row for something that grammers does not have does not compile.

#[path = "../src/differences.rs"]
#[allow(dead_code, unreachable_pub, reason = "the library shares it, and has a use for all of it")]
mod differences;
mod names;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use tl_codegen::Bindings;
use tl_codegen::schema::{Kind, Schema};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/differences.rs");
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    for name in ["api", "mtproto"] {
        let file = format!("../../../schema/{name}.tl");
        println!("cargo::rerun-if-changed={file}");
        println!("cargo::rerun-if-changed=../../../schema/{name}.rules");
        let checked = Bindings::from_file(file)?.check()?;
        std::fs::write(Path::new(&out).join(format!("{name}.rs")), table(&checked.schema)?)?;
    }
    Ok(())
}

/// The table as an expression: `&[Row { … }, …]`.
fn table(schema: &Schema) -> Result<String, std::fmt::Error> {
    let mut table = String::from("&[\n");
    let mut row = |id: u32, name: &str, codec: String| match differences::ABSENT.contains(&(&schema.origin.name, name))
    {
        true => Ok(()),
        false => writeln!(table, "    Row {{ id: {id:#010x}, name: {name:?}, reencode: {codec} }},"),
    };
    for ty in &schema.types {
        let path = names::path(&ty.name);
        for &index in &ty.constructors {
            let constructor = schema.combinator(index);
            row(constructor.id, &constructor.name.to_string(), format!("object::<enums::{path}>"))?;
        }
    }
    for function in schema.combinators.iter().filter(|combinator| combinator.kind == Kind::Function) {
        let path = names::path(&function.name);
        let argument = function.open_field().map_or("", |_| "<Query>");
        row(function.id, &function.name.to_string(), format!("function::<functions::{path}{argument}>"))?;
    }
    table.push(']');
    Ok(table)
}
