//! Which pieces of a file can be asked for: <https://core.telegram.org/api/files#downloading-files>.

use std::ops::Range;

use tl_types::RpcError;

use super::super::error::bad;

/// The longest piece; none crosses a multiple of it.
const LONGEST: u64 = 1024 * 1024;

/// The bytes that a call asks for.
///
/// # Errors
/// `OFFSET_INVALID` or `LIMIT_INVALID`.
pub(super) fn range(offset: i64, limit: i32, precise: bool) -> Result<Range<u64>, RpcError> {
    let unit = if precise { 1024 } else { 4096 };
    let offset = u64::try_from(offset).ok().filter(|offset| offset.is_multiple_of(unit));
    let offset = offset.ok_or_else(|| bad("OFFSET_INVALID"))?;
    let limit = u64::try_from(limit).ok().filter(|limit| *limit > 0 && *limit <= LONGEST && limit.is_multiple_of(unit));
    let limit = limit.ok_or_else(|| bad("LIMIT_INVALID"))?;
    if (!precise && !LONGEST.is_multiple_of(limit)) || offset / LONGEST != (offset + limit - 1) / LONGEST {
        return Err(bad("LIMIT_INVALID"));
    }
    Ok(offset..offset.saturating_add(limit))
}
