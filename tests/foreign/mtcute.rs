//! mtcute: its users talk with each other, through our server.

use std::path::Path;
use std::time::Duration;

use secret_runtime::loopback::Server;
use tokio::process::Command;

use crate::Failure;
use crate::side::{CODE, DC, Place};

/// The run takes some seconds.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs `script` with Node.js.
pub(crate) async fn run(server: &Server, place: &Place, script: &Path) -> Result<(), Failure> {
    println!("two of mtcute");
    let mut process = Command::new("node")
        .arg(script)
        .arg(place.address.ip().to_string())
        .arg(place.address.port().to_string())
        .arg(DC.to_string())
        .arg(&place.key_file)
        .arg(CODE)
        .kill_on_drop(true)
        .spawn()?;
    let status = tokio::time::timeout(LIMIT, process.wait()).await.map_err(|_| "mtcute takes too long")??;
    if !status.success() {
        return Err(format!("mtcute ended with {status}").into());
    }
    // Two of its four users had temporary keys.
    match server.calls("auth.bindTempAuthKey") {
        0 | 1 => Err("mtcute has bound no temporary keys".into()),
        _ => Ok(()),
    }
}
