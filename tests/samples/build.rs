//! Generates bindings into the folder that cargo gives to build scripts.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use tl_codegen::{Bindings, Error};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=schema");
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), Error> {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for sample in ["constructs", "names", "steps", "late"] {
        Bindings::from_file(format!("schema/{sample}.tl"))?.write(out.join(sample))?;
    }
    Bindings::from_text("secret", "secret.tl", tl_schema::SECRET)
        .rules("secret.rules", tl_schema::SECRET_RULES)
        .write(out.join("secret"))?;
    Bindings::from_text("api", "api.tl", tl_schema::API).roots(["messages.sendEncrypted"]).write(out.join("api"))?;
    Ok(())
}
