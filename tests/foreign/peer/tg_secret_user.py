"""Secret chats of tg-secret, over Telethon, with the corrections without which it does nothing there."""

import hashlib
import io
import warnings

import tg_secret.raw.types
from tg_secret import ChatRequestResult, TelegramSecretClient
from tg_secret.client_adapters.telethon_adapter import TelethonClientAdapter
from tg_secret.raw.primitives import read_int
from tg_secret.raw.vector import Vector
from telethon.tl.functions.upload import GetFileRequest
from telethon.tl.types import InputEncryptedFileLocation
from telethon.crypto import AES

warnings.filterwarnings("ignore", message="Telethon client adapter")

PART = 512 * 1024


class WholeVector(Vector):
    """Of a vector in a field, the library reads all but the constructor id, which it writes."""

    @classmethod
    def read(cls, data, read_func=None, *args):
        if read_int(data, False) != cls.ID:
            raise ValueError("no vector")
        return super().read(data, read_func, *args)


tg_secret.raw.types.Vector = WholeVector


class Adapter(TelethonClientAdapter):
    async def _raw_updates_handler(self, update):
        # Telethon hands over the update alone.
        return await super()._raw_updates_handler(None, update, None, None)

    async def ack_qts(self, qts):
        # What comes with a difference has no qts of its own.
        if qts:
            await super().ack_qts(qts)


class User:
    @classmethod
    async def start(cls, account, tell):
        self = cls()
        self.account, self.tell = account, tell
        self.secret = TelegramSecretClient(Adapter(account.client), "secret", account.directory)
        self.secret.add_request_handler(self.on_request)
        self.secret.add_chat_ready_handler(self.on_ready)
        self.secret.add_new_message_handler(self.on_message)
        self.secret.add_chat_deleted_handler(self.on_closed)
        await self.secret.start()
        return self

    async def on_request(self, chat):
        self.tell("requested", chat=chat.id)
        return ChatRequestResult.ACCEPT

    async def on_ready(self, chat):
        self.tell("ready", chat=chat.id)

    async def on_closed(self, chat, history_deleted):
        self.tell("closed", chat=chat.id)

    async def on_message(self, message):
        if message._file is None:
            self.tell("text", chat=message.chat.id, text=message.text)
            return
        content = await self.download(message)
        self.tell("file", chat=message.chat.id, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    async def download(self, message):
        """The library does not download, so Telethon does."""
        location = InputEncryptedFileLocation(message._file.id, message._file.access_hash)
        encrypted = b""
        while len(encrypted) < message._file.size:
            encrypted += (await self.account.client(GetFileRequest(location, len(encrypted), PART))).bytes
        return AES.decrypt_ige(encrypted, message._media.key, message._media.iv)[: message._media.size]

    async def request(self, user):
        chat = await self.secret.request_encryption(user)
        return {"chat": chat.id}

    async def text(self, chat, text):
        await self.secret.send_text_message(chat, text)

    async def texts(self, chat, count):
        """One after the other, each awaited: the library has no other way."""
        for number in range(count):
            await self.secret.send_text_message(chat, str(number))

    async def file(self, chat, content):
        file = io.BytesIO(bytes.fromhex(content))
        file.name = "content.bin"
        await self.secret.send_document(chat, file, file_name="content.bin")

    async def discard(self, chat):
        await self.secret.discard_chat(chat)
