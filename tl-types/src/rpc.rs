//! Errors that the server answers a call with, and who may call.
//!
//! A name such as `FLOOD_WAIT_37` carries a number; the table of known errors has the pattern, `FLOOD_WAIT_%d`. This
//! module knows how the two match, and not which patterns there are.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// Who may call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Callers {
    /// Only users.
    Users,
    /// Only bots.
    Bots,
    /// Users and bots.
    Both,
    /// The sources do not say.
    Unknown,
}

impl fmt::Display for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Users => "users",
            Self::Bots => "bots",
            Self::Both => "users and bots",
            Self::Unknown => "unknown",
        })
    }
}

/// A known error, as a row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorPattern {
    /// The code: `420`.
    pub code: i32,
    /// The name, with `%d` where a number stands and `%s` where a text does: `FLOOD_WAIT_%d`.
    pub pattern: &'static str,
    /// What the number is: `seconds`. Empty if there is none.
    pub value_name: &'static str,
    /// What happened.
    pub description: &'static str,
}

impl ErrorPattern {
    /// Whether `message` is this error; if so, the first number in it that the pattern leaves open.
    fn matched(&self, message: &str) -> Option<Option<i64>> {
        capture(self.pattern, message)
    }
}

/// Matches `message` with `pattern`, and gives the number in place of the first `%d`.
fn capture(pattern: &str, message: &str) -> Option<Option<i64>> {
    let Some((literal, hole)) = pattern.split_once('%') else {
        return (pattern == message).then_some(None);
    };
    let message = message.strip_prefix(literal)?;
    let (hole, pattern) = hole.split_at_checked(1)?;
    let len = match hole {
        "d" => message.bytes().take_while(u8::is_ascii_digit).count(),
        "s" if pattern.is_empty() => message.len(),
        "s" => message.find(pattern.split('%').next()?)?,
        _ => 0,
    };
    if len == 0 {
        return None;
    }
    let (filling, message) = message.split_at_checked(len)?;
    let later = capture(pattern, message)?;
    Some(if hole == "d" { filling.parse().ok() } else { later })
}

/// An error that the server answered a call with.
///
/// ```
/// use tl_types::{ErrorPattern, RpcError};
///
/// let error: RpcError = "420 FLOOD_WAIT_37".parse()?;
/// assert_eq!((error.name().as_ref(), error.value()), ("FLOOD_WAIT_%d", Some(37)));
///
/// static TABLE: &[ErrorPattern] = &[ErrorPattern {
///     code: 420,
///     pattern: "FLOOD_WAIT_%d",
///     value_name: "seconds",
///     description: "Too many calls; wait so many seconds.",
/// }];
/// assert_eq!(error.describe(TABLE).map(|row| row.value_name), Some("seconds"));
/// # Ok::<_, std::num::ParseIntError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RpcError {
    /// The class of the error: 303, 400, 401, 403, 404, 406, 420, 500, or another.
    pub code: i32,
    /// The name, with its number: `FLOOD_WAIT_37`.
    pub message: String,
}

impl RpcError {
    /// An error as the server sends it.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The name with `%d` in the place of numbers: `FLOOD_WAIT_%d`.
    ///
    /// It needs no table, and takes every part between underscores that is a number for one. [`RpcError::matched`] is
    /// exact where the error is known.
    pub fn name(&self) -> Cow<'_, str> {
        if !self.message.split('_').any(is_number) {
            return Cow::Borrowed(&self.message);
        }
        let parts = self.message.split('_').map(|part| if is_number(part) { "%d" } else { part });
        Cow::Owned(parts.collect::<Vec<_>>().join("_"))
    }

    /// The first number in the name: 37 of `FLOOD_WAIT_37`.
    pub fn value(&self) -> Option<i64> {
        self.message.split('_').find(|part| is_number(part))?.parse().ok()
    }

    /// What `table` tells of this error.
    pub fn describe<'t>(&self, table: &'t [ErrorPattern]) -> Option<&'t ErrorPattern> {
        self.matched(table).map(|(row, _)| row)
    }

    /// The row of `table` that this error is, and the number that its pattern leaves open.
    ///
    /// A row with exactly this name comes before patterns, one with this code before others, and a longer pattern before
    /// a shorter one. The code need not be that of the row: servers send some errors with several.
    pub fn matched<'t>(&self, table: &'t [ErrorPattern]) -> Option<(&'t ErrorPattern, Option<i64>)> {
        let rows = table.iter().filter_map(|row| Some((row, row.matched(&self.message)?)));
        rows.max_by_key(|(row, _)| (row.pattern == self.message, row.code == self.code, row.pattern.len()))
    }
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads what `Display` writes: `420 FLOOD_WAIT_37`.
impl FromStr for RpcError {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (code, message) = text.split_once(' ').unwrap_or((text, ""));
        Ok(Self::new(code.parse()?, message))
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

impl Error for RpcError {}
