//! Writes the registry: for each schema a table with a row for each way from bytes to each combinator.
//!
//! The rows follow from the schema files and the generator's own naming, so a combinator that a new layer brings is
//! tested without a line written for it, and one that the generator dropped does not compile here.

#[cfg(feature = "registry")]
mod parts;
#[cfg(feature = "registry")]
mod rows;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    #[cfg(feature = "registry")]
    {
        let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
        for name in ["api", "mtproto", "secret"] {
            println!("cargo::rerun-if-changed=../schema/{name}.tl");
            println!("cargo::rerun-if-changed=../schema/{name}.rules");
            let table = rows::table(name)?;
            std::fs::write(std::path::Path::new(&out).join(format!("{name}.rs")), table)?;
        }
    }
    Ok(())
}
