"""A user of Telethon at a server of our choice."""

from pathlib import Path

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.errors import PhoneNumberUnoccupiedError
from telethon.sessions import MemorySession
from telethon.tl.functions.account import UpdateUsernameRequest
from telethon.tl.functions.auth import SignUpRequest


class Account:
    @classmethod
    async def log_in(cls, directory, address, port, dc, key, phone, code, name):
        self = cls()
        self.directory = Path(directory)
        rsa.add_key(Path(key).read_text(), old=False)
        session = MemorySession()
        session.set_dc(int(dc), address, int(port))
        # One update after the other: what follows depends on what came before.
        self.client = TelegramClient(session, 1, "hash", sequential_updates=True, receive_updates=True)
        await self.client.connect()
        sent = await self.client.send_code_request(phone)
        try:
            await self.client.sign_in(phone, code, phone_code_hash=sent.phone_code_hash)
        except PhoneNumberUnoccupiedError:
            answer = await self.client(SignUpRequest(phone, sent.phone_code_hash, name, ""))
            await self.client._on_login(answer.user)
        self.me = await self.client.get_me()
        await self.client(UpdateUsernameRequest(name))
        return self
