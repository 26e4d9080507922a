"""The other side of a secret chat: reads a command a line from the standard input, and answers each with a line.

Both are JSON; `bytes` are in hexadecimal. What the libraries print goes to the standard error.
"""

import asyncio
import importlib
import json
import os
import random
import sys
import traceback

MODULES = {"telethon-secret-chat": "telethon_side", "tg-secret": "tg_secret_side"}


async def main(package, seed):
    # The libraries' randomness is that of the run, so that it can be repeated.
    random.seed(seed)
    os.urandom = random.Random(seed).randbytes
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    side = importlib.import_module(MODULES[package]).Side()
    for line in sys.stdin:
        command = json.loads(line)
        answer = {}
        try:
            answer["ok"] = await getattr(side, command.pop("do"))(**command)
        except Exception as error:
            traceback.print_exc()
            answer["error"] = f"{type(error).__name__}: {error}"
        answer["sent"], side.sent = side.sent, []
        answer["deviations"], side.deviations = side.deviations, []
        print(json.dumps(answer), file=lines, flush=True)


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
