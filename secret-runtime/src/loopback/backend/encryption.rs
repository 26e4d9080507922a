//! Requesting, accepting and discarding a secret chat: <https://core.telegram.org/api/end-to-end>.

use tl_types::RpcError;
use tl_types::api::functions::messages::{AcceptEncryption, DiscardEncryption, GetDhConfig, RequestEncryption};
use tl_types::api::{constructors, types};

use crate::crypto::diffie_hellman::{Group, check_public_value};

use super::chat::{Party, Phase, SecretChat, Side, discarded};
use super::error::{self, bad};
use super::{Backend, Context};

/// The version of the only group that the server gives.
const DH_VERSION: i32 = 3;

impl Backend {
    pub(super) fn dh_config(
        &self,
        context: &mut Context<'_>,
        call: &GetDhConfig,
    ) -> Result<types::messages::DhConfig, RpcError> {
        let length = usize::try_from(call.random_length).ok().filter(|length| *length <= 1024);
        let mut random = vec![0; length.ok_or_else(|| bad("RANDOM_LENGTH_INVALID"))?];
        context.rng.fill_bytes(&mut random);
        if call.version == DH_VERSION {
            return Ok(constructors::messages::DhConfigNotModified::new(random).into());
        }
        let group = Group::telegram().ok_or_else(error::internal)?;
        Ok(constructors::messages::DhConfig::new(group.g(), group.prime().to_vec(), DH_VERSION, random).into())
    }

    pub(super) fn request_encryption(
        &mut self,
        context: &mut Context<'_>,
        call: RequestEncryption,
    ) -> Result<types::EncryptedChat, RpcError> {
        let admin = self.user_of(context.caller.device)?;
        let participant = self.directory.resolve(admin, &call.user_id)?;
        if participant.id == admin || participant.is_bot() {
            return Err(bad("USER_ID_INVALID"));
        }
        let participant = participant.id;
        let group = Group::telegram().ok_or_else(error::internal)?;
        check_public_value(&group, &call.g_a).map_err(|_| bad("DH_G_A_INVALID"))?;
        if call.random_id == 0 || self.chats.contains_key(&call.random_id) {
            return Err(bad("RANDOM_ID_DUPLICATE"));
        }
        if self.chats.len() >= self.settings.chats {
            return Err(error::flood());
        }
        let chat = SecretChat {
            id: call.random_id,
            admin: Party::new(admin, Some(context.caller.device), context.rng.next_u64().cast_signed()),
            participant: Party::new(participant, None, context.rng.next_u64().cast_signed()),
            date: context.now,
            phase: Phase::Requested { g_a: call.g_a },
            changed: context.now,
        };
        let answer = chat.seen_by(Side::Admin);
        let requested = chat.seen_by(Side::Participant);
        self.chats.insert(chat.id, chat);
        for device in self.devices_of(participant) {
            self.push(context, device, encryption(requested.clone(), context.now), &[admin, participant]);
        }
        Ok(answer)
    }

    pub(super) fn accept_encryption(
        &mut self,
        context: &mut Context<'_>,
        call: AcceptEncryption,
    ) -> Result<types::EncryptedChat, RpcError> {
        let device = context.caller.device;
        let user = self.user_of(device)?;
        let chat = self
            .chats
            .get_mut(&call.peer.chat_id)
            .filter(|chat| chat.participant.user == user && chat.participant.access_hash == call.peer.access_hash);
        let chat = chat.ok_or_else(|| bad("CHAT_ID_INVALID"))?;
        let g_a = match &mut chat.phase {
            Phase::Requested { g_a } => std::mem::take(g_a),
            Phase::Accepted { .. } => return Err(bad("ENCRYPTION_ALREADY_ACCEPTED")),
            Phase::Discarded { .. } => return Err(bad("ENCRYPTION_ALREADY_DECLINED")),
        };
        chat.phase = Phase::Accepted { g_a, g_b: call.g_b, key_fingerprint: call.key_fingerprint };
        chat.participant.device = Some(device);
        chat.changed = context.now;
        let (id, admin) = (chat.id, chat.admin.user);
        let (answer, accepted, admin_device) =
            (chat.seen_by(Side::Participant), chat.seen_by(Side::Admin), chat.admin.device);
        if let Some(admin_device) = admin_device {
            self.push(context, admin_device, encryption(accepted, context.now), &[admin, user]);
        }
        // The chat is on this device only.
        for other in self.devices_of(user).into_iter().filter(|other| *other != device) {
            self.push(context, other, encryption(discarded(id, false), context.now), &[]);
        }
        Ok(answer)
    }

    pub(super) fn discard_encryption(
        &mut self,
        context: &mut Context<'_>,
        call: &DiscardEncryption,
    ) -> Result<bool, RpcError> {
        let device = context.caller.device;
        let user = self.user_of(device)?;
        if call.chat_id == 0 {
            return Err(bad("CHAT_ID_EMPTY"));
        }
        let chat =
            self.chats.get(&call.chat_id).filter(|chat| [chat.admin.user, chat.participant.user].contains(&user));
        let chat = chat.ok_or_else(|| bad("ENCRYPTION_ID_INVALID"))?;
        if matches!(chat.phase, Phase::Discarded { .. }) {
            return Err(bad("ENCRYPTION_ALREADY_DECLINED"));
        }
        chat.side(user, device).ok_or_else(|| bad("ENCRYPTION_ALREADY_ACCEPTED"))?;
        self.discard(context, call.chat_id, call.delete_history);
        Ok(true)
    }

    /// Ends a chat, and tells everybody who does not know it yet.
    fn discard(&mut self, context: &mut Context<'_>, id: i32, history_deleted: bool) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.phase = Phase::Discarded { history_deleted };
        chat.changed = context.now;
        let parties = [&chat.admin, &chat.participant].map(|party| (party.user, party.device));
        let users = parties.map(|(user, _)| user);
        let told: Vec<i64> = parties
            .into_iter()
            .flat_map(|(user, device)| device.map_or_else(|| self.devices_of(user), |device| vec![device]))
            .filter(|device| *device != context.caller.device)
            .collect();
        for device in told {
            self.push(context, device, encryption(discarded(id, history_deleted), context.now), &users);
        }
    }

    /// Ends the chats of a device whose user leaves.
    pub(super) fn discard_all(&mut self, context: &mut Context<'_>) {
        let device = context.caller.device;
        let of_device = |party: &Party| party.device == Some(device);
        let open = |chat: &&SecretChat| !matches!(chat.phase, Phase::Discarded { .. });
        let mut chats: Vec<i32> = self
            .chats
            .values()
            .filter(open)
            .filter(|chat| of_device(&chat.admin) || of_device(&chat.participant))
            .map(|chat| chat.id)
            .collect();
        chats.sort_unstable();
        for id in chats {
            self.discard(context, id, false);
        }
    }
}

/// `updateEncryption`.
pub(super) fn encryption(chat: types::EncryptedChat, date: i32) -> types::Update {
    constructors::UpdateEncryption::new(chat, date).into()
}
