"""Waiting for something that the provider does not show at once."""
import asyncio
import time

LONGEST = 40.0


def until(attempt, not_yet):
    """Repeats an attempt while it fails with one of the errors that `not_yet` recognises, for a bounded time."""
    deadline = time.monotonic() + LONGEST
    while True:
        try:
            return attempt()
        except Exception as error:
            if not not_yet(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.25)


async def until_async(attempt, not_yet):
    """The same for a client that is asynchronous."""
    deadline = time.monotonic() + LONGEST
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not not_yet(error) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.25)
