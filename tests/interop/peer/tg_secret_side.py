"""A side of a chat that is tg-secret, with a server of its own that knows nothing but its calls."""

import asyncio
from io import BytesIO

from pyrogram import Client  # noqa: F401, its absence is to be told here

import tg_secret.client
import tg_secret.raw.types
from tg_secret.client import TelegramSecretClient
from tg_secret.client_adapters import base_adapter as adapter
from tg_secret.encrypted_file_wrapper import EncryptedFileWrapper
from tg_secret.raw.all import objects
from tg_secret.raw.primitives import read_int
from tg_secret.raw.types import DecryptedMessageActionAbortKey
from tg_secret.raw.tl_object import SecretTLObject
from tg_secret.raw.vector import Vector

from tree import build

CLASSES = {id: type for id, type in objects.items() if type.__module__ == "tg_secret.raw.types"}
WITH_ENTITIES = (tg_secret.raw.types.DecryptedMessage_45, tg_secret.raw.types.DecryptedMessage_73)
PART = 16 * 1024


class Recorder:
    """In the place of `SecretTLObject` where messages are read: takes them down."""

    side = None

    @classmethod
    def read(cls, stream):
        message = cls.side.layer_of(SecretTLObject.read(stream))
        cls.side.received = message.write()
        return message


class WholeVector(Vector):
    """In the place of `Vector` where a field is read."""

    @classmethod
    def read(cls, data, read_func=None, *args):
        if read_int(data, False) != cls.ID:
            raise ValueError("no vector")
        Recorder.side.note("vectors-without-id")
        return super().read(data, read_func, *args)


tg_secret.client.SecretTLObject = Recorder
tg_secret.raw.types.Vector = WholeVector


class Server(adapter.SecretClientAdapter):
    def __init__(self, side, p, g):
        self.side, self.p, self.g = side, p, g

    async def get_dh_config(self, version):
        return adapter.DhConfigA(3, self.p, self.g)

    async def request_encryption(self, peer, random_id, g_a):
        self.side.g_a = g_a
        return adapter.EncryptedChatWaitingA(self.side.id, 10, 0, 1, 2)

    async def accept_encryption(self, chat_id, access_hash, g_b, key_fingerprint):
        self.side.g_b, self.side.fingerprint = g_b, key_fingerprint
        return adapter.EncryptedChatA(chat_id, self.side.g_a, key_fingerprint)

    async def discard_encryption(self, chat_id, delete_history):
        raise RuntimeError("the chat was discarded")

    async def send_encrypted(self, peer, random_id, data, silent):
        self.side.send_on(data, "message")

    async def send_encrypted_service(self, peer, random_id, data):
        self.side.send_on(data, "service")

    async def send_encrypted_file(self, peer, random_id, data, silent, file, key_fingerprint):
        self.side.send_on(data, "file", key_fingerprint)
        return adapter.EncryptedFileA(5, 6, 7, 2, key_fingerprint)

    async def resolve_user(self, user_id):
        return adapter.InputPeerUserA(user_id, 0)

    async def ack_qts(self, qts):
        pass

    async def parse_entities_for_layer(self, text, layer, mode):
        return text, []

    async def upload_file(self, file):
        raise NotImplementedError

    async def get_file_mime(self, file_name, file):
        raise NotImplementedError

    def set_encrypted_message_handler(self, func):
        self.message = func

    def set_chat_update_handler(self, func):
        self.updated = func

    def set_chat_requested_handler(self, func):
        self.requested = func

    def set_chat_discarded_handler(self, func):
        pass

    def get_event_loop(self):
        return asyncio.get_running_loop()

    def get_session_name(self):
        return ":memory:"


class Sender(TelegramSecretClient):
    """Takes down what is about to be encrypted, and aborts what it is told to."""

    async def _just_send_message(self, chat, message, *rest):
        Recorder.side.sending = message.write()
        return await super()._just_send_message(chat, message, *rest)

    async def _handle_encrypted_service_message(self, chat_id, message):
        exchange_id = (await self._storage.get_chat(chat_id)).exchange_id
        if isinstance(message.action, DecryptedMessageActionAbortKey) and message.action.exchange_id != exchange_id:
            Recorder.side.note("aborts-any-exchange")
            return
        await super()._handle_encrypted_service_message(chat_id, message)


class Side:
    def __init__(self):
        self.sent = []
        self.deviations = []
        self.client = None
        Recorder.side = self

    def note(self, name):
        if name not in self.deviations:
            self.deviations.append(name)

    def layer_of(self, read):
        """What is written for an absent vector is not what was read."""
        message = getattr(read, "message", None)
        if isinstance(message, WITH_ENTITIES) and message.entities == []:
            self.note("absent-vector-is-empty")
            message.entities = None
        return read

    async def constructors(self):
        return list(CLASSES)

    async def open(self, chat, originates, p, g, layer, envelope):
        if self.client:
            await self.client.stop()
        self.id = chat
        tg_secret.client.layer = layer
        self.server = Server(self, bytes.fromhex(p), g)
        self.client = Sender(self.server, in_memory=True)
        await self.client.start()
        self.client.on_request(self.accept)
        if not originates:
            return None
        await self.client.request_encryption(2)
        return {"g_a": self.g_a.hex()}

    async def accept(self, chat):
        return tg_secret.ChatRequestResult.ACCEPT

    def send_on(self, data, kind, fingerprint=None):
        self.sent.append(
            {"data": data.hex(), "kind": kind, "body": self.sending.hex(), "fingerprint": fingerprint}
        )

    async def requested(self, g_a):
        self.g_a = bytes.fromhex(g_a)
        await self.server.requested(adapter.EncryptedChatRequestedA(self.id, 10, 0, 1, 2, self.g_a))
        return {"g_b": self.g_b.hex(), "fingerprint": self.fingerprint}

    async def accepted(self, g_b, fingerprint):
        await self.server.updated(adapter.EncryptedChatA(self.id, bytes.fromhex(g_b), fingerprint))

    async def key(self):
        return (await self.client._storage.get_chat(self.id)).key.hex()

    async def receive(self, data, kind, fingerprint):
        data = bytes.fromhex(data)
        if kind == "service":
            message = adapter.EncryptedMessageServiceA(0, self.id, 0, data)
        else:
            file = adapter.EncryptedFileA(5, 6, 7, 2, fingerprint) if kind == "file" else None
            message = adapter.EncryptedMessageA(0, self.id, 0, data, file)
        self.received = None
        before = (await self.client._storage.get_chat(self.id)).in_seq_no
        await self.server.message(message, 1)
        after = (await self.client._storage.get_chat(self.id)).in_seq_no
        if after != before + 1:
            raise ValueError(f"the message was not taken, in_seq_no is {after}")
        return self.received.hex()

    async def send(self, message, fingerprint):
        message = build(message, CLASSES)
        if fingerprint is None:
            await self.client._send_message(self.id, message, message.random_id)
            return
        mine = self.client._get_file_key_fp(message.media.key, message.media.iv)
        file = adapter.InputFileA(1, 1, "")
        await self.client._send_message(self.id, message, message.random_id, file, mine)

    async def encrypt_file(self, content):
        key, iv = tg_secret.client.urandom(32), tg_secret.client.urandom(32)
        wrapper = EncryptedFileWrapper(BytesIO(bytes.fromhex(content)), key, iv, True)
        parts = []
        while part := wrapper.read(PART):
            parts.append(part.hex())
        fingerprint = self.client._get_file_key_fp(key, iv)
        return {"parts": parts, "key": key.hex(), "iv": iv.hex(), "fingerprint": fingerprint}

    async def decrypt_file(self, parts, key, iv, fingerprint):
        key, iv = bytes.fromhex(key), bytes.fromhex(iv)
        if fingerprint != self.client._get_file_key_fp(key, iv):
            raise ValueError("fingerprint")
        content = BytesIO()
        wrapper = EncryptedFileWrapper(content, key, iv, False)
        for part in parts:
            wrapper.write(bytes.fromhex(part))
        return content.getvalue().hex()
