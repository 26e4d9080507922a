"""A side of a chat that is telethon-secret-chat, with a server of its own that knows nothing but its calls."""

import collections
import inspect
import io
import logging
import math
from types import SimpleNamespace

from telethon.client.downloads import DownloadMethods
from telethon.client.uploads import UploadMethods
from telethon.tl import functions, types
from telethon_secret_chat import secret_methods
from telethon_secret_chat.secret_chat_manager import SecretChatManager, patch_tlobjects
from telethon_secret_chat.secret_sechma import secret_tlobjects, secretTL
from telethon_secret_chat.storage.memory import SecretMemorySession

from tree import build

patch_tlobjects()

FOR_EVER = 10**9
# What every chat has that was not dated otherwise.
IMPORTED = inspect.signature(secret_methods.SecretChat).parameters["created"].default


class Server(UploadMethods, DownloadMethods):
    """In the place of `TelegramClient`."""

    _log = collections.defaultdict(lambda: logging.getLogger("server"))

    def __init__(self):
        self.answers = {}
        self.parts = []

    def add_event_handler(self, handler):
        pass

    async def get_input_entity(self, peer):
        return types.InputPeerUser(peer, 0)

    async def __call__(self, request):
        return self.answers[type(request)](request)

    async def _iter_download(self, location, **_):
        for part in self.parts:
            yield part


class Session(SecretMemorySession):
    def __init__(self, side):
        super().__init__()
        self.side = side

    def save_chat(self, chat, temp=False):
        super().save_chat(chat, temp)
        if not temp:
            self.side.began(chat)


class Manager(SecretChatManager):
    """Takes down what was decrypted."""

    received = None

    async def handle_decrypted_message(self, decrypted_message, peer, file):
        if isinstance(decrypted_message, secretTL.DecryptedMessageLayer):
            self.received = bytes(decrypted_message)
        return await super().handle_decrypted_message(decrypted_message, peer, file)


class Side:
    def __init__(self):
        self.sent = []
        self.deviations = []

    def note(self, name):
        if name not in self.deviations:
            self.deviations.append(name)

    async def constructors(self):
        return list(secret_tlobjects)

    async def open(self, chat, originates, p, g, layer, envelope):
        self.layer, self.envelope, self.id = layer, envelope, chat
        secret_methods.DEFAULT_LAYER = layer
        self.server = Server()
        self.manager = Manager(self.server, session=Session(self))
        self.server.answers = {
            functions.messages.GetDhConfigRequest: lambda call: types.messages.DhConfig(
                g=g, p=bytes.fromhex(p), version=3, random=b""
            ),
            functions.messages.RequestEncryptionRequest: self.requesting,
            functions.messages.AcceptEncryptionRequest: self.accepting,
            functions.messages.SendEncryptedServiceRequest: self.sending_service,
            functions.upload.SaveFilePartRequest: self.saving,
        }
        if not originates:
            return None
        await self.manager.start_secret_chat(2)
        return {"g_a": self.g_a.hex()}

    def requesting(self, call):
        self.g_a = call.g_a
        return types.EncryptedChatWaiting(self.id, 10, None, 1, 2)

    def accepting(self, call):
        self.g_b, self.fingerprint = call.g_b, call.key_fingerprint
        return types.EncryptedChat(call.peer.chat_id, 10, None, 1, 2, b"", call.key_fingerprint)

    def sending_service(self, call):
        self.send_on(call.data, "service")
        return types.messages.SentEncryptedMessage(None)

    def saving(self, call):
        self.server.parts.append(call.bytes)
        return True

    def send_on(self, data, kind):
        layer = self.chat.outgoing[self.chat.out_seq_no]
        self.sent.append({"data": data.hex(), "kind": kind, "body": bytes(layer).hex()})

    def began(self, chat):
        """Puts the new chat into the state that the run is about."""
        self.chat = chat
        if chat.mtproto == 1 and self.envelope == 2:
            self.note("begins-in-mtproto-1")
        chat.mtproto = self.envelope
        chat.layer = self.layer
        if chat.created == IMPORTED:
            self.note("answers-with-notify-layer")
        chat.created = math.inf
        chat.ttr, chat.updated = FOR_EVER, math.inf

    async def requested(self, g_a):
        chat = types.EncryptedChatRequested(self.id, 10, None, 1, 2, bytes.fromhex(g_a))
        await self.manager.accept_secret_chat(chat)
        return {"g_b": self.g_b.hex(), "fingerprint": self.fingerprint}

    async def accepted(self, g_b, fingerprint):
        chat = types.EncryptedChat(self.id, 10, None, 1, 2, bytes.fromhex(g_b), fingerprint)
        await self.manager.finish_secret_chat_creation(chat)

    async def key(self):
        return self.chat.auth_key.hex()

    async def receive(self, data, kind, fingerprint):
        data = bytes.fromhex(data)
        if kind == "service":
            message = types.EncryptedMessageService(self.id, None, data, 0)
        else:
            file = types.EncryptedFileEmpty()
            if kind == "file":
                file = types.EncryptedFile(5, 6, 7, 2, fingerprint)
            message = types.EncryptedMessage(self.id, None, data, file, 0)
        self.manager.received = None
        await self.manager.handle_encrypted_update(SimpleNamespace(message=message))
        if self.chat.layer > self.layer:
            self.note("takes-our-layer-for-its-own")
            self.chat.layer = self.layer
        self.chat.mtproto = self.envelope
        return self.manager.received.hex()

    async def send(self, message, fingerprint):
        message = build(message, secret_tlobjects)
        data = await self.manager.encrypt_secret_message(self.chat, message)
        is_service = isinstance(message, (secretTL.DecryptedMessageService, secretTL.DecryptedMessageService8))
        kind = "service" if is_service else "message" if fingerprint is None else "file"
        self.send_on(data, kind)

    async def rekey(self):
        try:
            await self.manager.rekey(self.chat)
        except AttributeError:
            self.note("no-key-replacement")
        else:
            raise AssertionError("keys can be replaced now")

    async def open_envelope(self, key, is_originator, wire):
        """What an envelope holds, under a key of its own; `is_originator` is who reads it."""
        wire = bytes.fromhex(wire)
        chat = secret_methods.SecretChat(1, 0, bytes.fromhex(key), is_originator, 0, None)
        manager = SecretChatManager(Server())
        manager.session.save_chat(chat)
        return bytes(manager.decrypt_mtproto2(wire[8:24], 1, wire[24:])).hex()

    async def encrypt_file(self, content):
        self.server.parts = []
        file, fingerprint, key, iv = await self.manager.upload_secret_file(io.BytesIO(bytes.fromhex(content)))
        parts = [part.hex() for part in self.server.parts]
        return {"parts": parts, "key": key.hex(), "iv": iv.hex(), "fingerprint": fingerprint}

    async def decrypt_file(self, parts, key, iv, fingerprint):
        self.server.parts = [bytes.fromhex(part) for part in parts]
        media = SimpleNamespace(key=bytes.fromhex(key), iv=bytes.fromhex(iv))
        file = types.EncryptedFile(5, 6, 7, 2, fingerprint)
        content = await self.manager.download_secret_media(SimpleNamespace(file=file, media=media))
        return content.hex()
