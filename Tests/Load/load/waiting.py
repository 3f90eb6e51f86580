"""Waiting on conditions inside an event loop."""
import asyncio
import time


class NotReady(Exception):
    """Something did not happen before its deadline."""


async def until(condition, seconds, what, every=0.02):
    """Returns the first true value of `condition()`, which may be a coroutine function.

    Raises NotReady after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotReady(f"waited {seconds:g} s for {what}")
        await asyncio.sleep(every)


async def pause(event, seconds):
    """Waits `seconds`, or until the event is set. Returns whether it is."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except asyncio.TimeoutError:
        return False
    return True
