//! A bar for a file on its way.

use indicatif::{ProgressBar, ProgressStyle};
use secret_runtime::client::files::Progress;

/// Shows how far it is, on a terminal.
pub(crate) fn bar(title: &'static str) -> impl FnMut(Progress) + Send {
    let bar = ProgressBar::no_length().with_prefix(title);
    let style = ProgressStyle::with_template("  {prefix} {bar:40} {bytes}/{total_bytes} {binary_bytes_per_sec}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    move |Progress { done, total }| {
        bar.set_length(total);
        bar.set_position(done);
        if done == total {
            bar.finish();
        }
    }
}
