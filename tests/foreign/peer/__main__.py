"""One user of a library of Python, told what to do by lines of JSON, and telling by lines of JSON what happens.

    python peer LIBRARY DIRECTORY ADDRESS PORT DC KEY PHONE CODE NAME

LIBRARY is tg-secret or telethon-secret-chat; KEY is the file of the server's RSA key.
"""

import asyncio
import json
import sys

from account import Account


def tell(what, **more):
    print(json.dumps({"event": what, **more}), flush=True)


async def lines():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


async def main(library, directory, *server):
    account = await Account.log_in(directory, *server)
    if library == "tg-secret":
        from tg_secret_user import User
    else:
        from telethon_secret_chat_user import User
    user = await User.start(account, tell)
    tell("logged_in", user=account.me.id)
    async for command in lines():
        do = command.pop("do")
        if do == "stop":
            break
        try:
            tell("done", of=do, **(await getattr(user, do)(**command) or {}))
        except Exception as error:  # what the library raises is for the other side to judge
            tell("failed", of=do, why=f"{type(error).__name__}: {error}")
    await account.client.disconnect()


asyncio.run(main(*sys.argv[1:]))
