"""Secret chats of telethon-secret-chat, over Telethon, with corrections of how a chat begins: see ../interop."""

import hashlib
import io
import math

from telethon import events
from telethon.tl.types import EncryptedChatDiscarded, UpdateEncryption
from telethon_secret_chat import SECRET_TYPES, SecretChatManager, secret_methods

ITS_LAYER = 101


class Chat(secret_methods.SecretChat):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # From layer 73 on, nothing may be sent in MTProto 1.0, in which the library begins.
        self.mtproto = 2
        # 15 seconds after its import the library answers every message with NotifyLayer.
        self.created = math.inf
        # Its key replacement raises AttributeError.
        self.ttr, self.updated = math.inf, math.inf

    @property
    def layer(self):
        return self.its_layer

    @layer.setter
    def layer(self, layer):
        # The library takes our layer for one that it can write.
        self.its_layer = min(layer, ITS_LAYER)


secret_methods.SecretChat = Chat


class User:
    @classmethod
    async def start(cls, account, tell):
        self = cls()
        self.account, self.tell = account, tell
        self.manager = SecretChatManager(account.client, auto_accept=True, new_chat_created=self.on_ready)
        self.manager.add_secret_event_handler(SECRET_TYPES.decrypt, self.on_message)
        # The library does not look at it.
        account.client.add_event_handler(self.on_encryption, events.Raw(UpdateEncryption))
        return self

    async def on_ready(self, chat, created_by_me):
        self.tell("ready", chat=chat.id)

    async def on_encryption(self, update):
        if isinstance(update.chat, EncryptedChatDiscarded):
            self.tell("closed", chat=update.chat.id)

    async def on_message(self, event):
        message, chat = event.decrypted_event, event.message.chat_id
        if not hasattr(message, "message"):
            return
        if not getattr(message, "media", None) or not hasattr(message.media, "key"):
            self.tell("text", chat=chat, text=message.message)
            return
        content = (await self.manager.download_secret_media(message))[: message.media.size]
        self.tell("file", chat=chat, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    async def request(self, user):
        return {"chat": await self.manager.start_secret_chat(user)}

    async def text(self, chat, text):
        await self.manager.send_secret_message(chat, text)

    async def file(self, chat, content):
        content = bytes.fromhex(content)
        file = io.BytesIO(content)
        file.name = "content.bin"
        await self.manager.send_secret_document(
            chat, file, b"", 0, 0, "content.bin", "application/octet-stream", len(content)
        )

    async def discard(self, chat):
        await self.manager.close_secret_chat(self.manager.get_secret_chat(chat))
