//! The state of a device's updates, and what it has missed: <https://core.telegram.org/api/updates>.

use tl_types::RpcError;
use tl_types::api::functions::updates::GetDifference;
use tl_types::api::{constructors, types};

use super::chat::{SecretChat, Side, discarded};
use super::encryption::encryption;
use super::{Backend, Context, error};

/// There is no ordinary message, so this never moves. Not 0: clients take that for “unknown”.
const PTS: i32 = 1;

impl Backend {
    pub(super) fn state(&self, context: &Context<'_>) -> Result<types::updates::State, RpcError> {
        self.user_of(context.caller.device)?;
        let device = self.devices.get(&context.caller.device).ok_or_else(error::unregistered)?;
        Ok(constructors::updates::State::new(PTS, device.qts, context.now, 0, 0))
    }

    pub(super) fn difference(
        &self,
        context: &Context<'_>,
        call: &GetDifference,
    ) -> Result<types::updates::Difference, RpcError> {
        let id = context.caller.device;
        let user = self.user_of(id)?;
        let device = self.devices.get(&id).ok_or_else(error::unregistered)?;
        let from = device.queue.partition_point(|queued| queued.qts <= call.qts);
        let waiting = device.queue.len() - from;
        let limit = call.qts_limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
        let count = waiting.min(limit.unwrap_or(usize::MAX)).min(self.settings.slice);
        let messages: Vec<_> =
            device.queue.iter().skip(from).take(count).map(|queued| (*queued.message).clone()).collect();
        let mut changes: Vec<_> =
            self.chats.values().filter_map(|chat| changes_of(chat, user, id, call.date)).collect();
        changes.sort_unstable_by_key(|change| (change.date, change.chat));
        if waiting > count {
            // The date stays: the last slice brings what has changed besides.
            let qts = device.queue.get(from + count - 1).map_or(call.qts, |queued| queued.qts);
            let state = constructors::updates::State::new(PTS, qts, call.date, 0, 0);
            let slice = constructors::updates::DifferenceSlice::new(
                Vec::new(),
                messages,
                changes.into_iter().filter(|change| change.opens).flat_map(|change| change.updates).collect(),
                Vec::new(),
                Vec::new(),
                state,
            );
            return Ok(slice.into());
        }
        if messages.is_empty() && changes.is_empty() {
            return Ok(constructors::updates::DifferenceEmpty::new(context.now, 0).into());
        }
        let mut users: Vec<i64> = changes.iter().flat_map(|change| change.users).collect();
        users.sort_unstable();
        users.dedup();
        let difference = constructors::updates::Difference::new(
            Vec::new(),
            messages,
            changes.into_iter().flat_map(|change| change.updates).collect(),
            Vec::new(),
            self.directory.seen_by(user, &users),
            self.state(context)?,
        );
        Ok(difference.into())
    }
}

/// What has changed in a chat.
struct Changes {
    date: i32,
    chat: i32,
    users: [i64; 2],
    /// The chat can be used: who gets messages of it has to know it first.
    opens: bool,
    updates: Vec<types::Update>,
}

/// What has changed in a chat since `since`, for the user on the device. Several changes of a chat are its last one.
fn changes_of(chat: &SecretChat, user: i64, device: i64, since: i32) -> Option<Changes> {
    let users = [chat.admin.user, chat.participant.user];
    let mut updates = Vec::new();
    let side = chat.side(user, device);
    let is_discarded = matches!(chat.phase, super::chat::Phase::Discarded { .. });
    match side {
        // Who has asked or accepted knows that; but the answer may have been lost.
        Some(side) if chat.changed >= since => updates.push(encryption(chat.seen_by(side), chat.changed)),
        // Another device has accepted.
        None if chat.participant.user == user && chat.changed >= since => {
            updates.push(encryption(discarded(chat.id, false), chat.changed));
        }
        _ => {}
    }
    if let Some((max_date, date)) = side.and_then(|side: Side| chat.party(side).read)
        && date >= since
    {
        updates.push(constructors::UpdateEncryptedMessagesRead::new(chat.id, max_date, date).into());
    }
    (!updates.is_empty()).then_some(Changes { date: chat.changed, chat: chat.id, users, opens: !is_discarded, updates })
}
