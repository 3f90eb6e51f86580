"""Talks to echo_server.py through the gateway.

    echo_client.py works URL [CA]            everything that a client may send comes back
    echo_client.py refused URL STATUS [CA]   the handshake is answered with this status
"""

import asyncio
import os
import ssl
import sys

import websockets

MOST = 32 << 20
SECONDS = 30


def connect(url, ca):
    """A connection that is about to be made."""
    context = ssl.create_default_context(cafile=ca) if url.startswith("wss:") else None
    return websockets.connect(url, ssl=context, max_size=MOST, subprotocols=["echo.v1"])


async def expect(connection, what, sent, expected):
    """Sends a message, or its fragments, and compares the one that comes back."""
    await connection.send(sent)
    got = await connection.recv()
    if got != expected:
        raise SystemExit(f"{what}: {len(expected)} came back as {len(got)}: {got[:60]!r}")
    print(f"{what}: {len(got)} the same")


async def talk(url, ca):
    """One connection with everything in it."""
    async with connect(url, ca) as connection:
        if connection.subprotocol != "echo.v1":
            raise SystemExit(f"the subprotocol is {connection.subprotocol}")
        large = os.urandom(8 << 20)
        pieces = [os.urandom(1000) for _ in range(300)]
        await expect(connection, "text", "Grüße, 世界", "Grüße, 世界")
        await expect(connection, "an empty message", "", "")
        await expect(connection, "a large message", large, large)
        await expect(connection, "a message in many frames", pieces, b"".join(pieces))
        await expect(connection, "an answer in many frames", "fragments",
                     "".join(f"part {number} " for number in range(100)))
        await asyncio.wait_for(await connection.ping(), SECONDS)
        await connection.send("close")
        await connection.wait_closed()
        closed = (connection.close_code, connection.close_reason)
        if closed != (4001, "as told"):
            raise SystemExit(f"closed with {closed}")


async def talk_beside_others(url, ca):
    """Many connections at once, each with messages of its own."""
    async def one(number):
        async with connect(url, ca) as connection:
            for turn in range(10):
                text = f"{number} {turn} " * 500
                await connection.send(text)
                if await connection.recv() != text:
                    raise SystemExit(f"connection {number} got what it had not sent")

    await asyncio.gather(*(one(number) for number in range(20)))
    print("20 connections at once: the same")


async def be_refused(url, status, ca):
    """The handshake must fail with this status."""
    try:
        async with connect(url, ca) as connection:
            await connection.send("let me in")
            raise SystemExit(f"the connection was opened, and answers {await connection.recv()!r}")
    except websockets.InvalidHandshake as error:
        response = getattr(error, "response", None)
        got = response.status_code if response else getattr(error, "status_code", None)
        if got != status:
            raise SystemExit(f"the handshake failed otherwise: {error!r}") from error
    print(f"refused with {status}")


async def main(arguments):
    """Does what the command line says."""
    if arguments[0] == "works":
        url, ca = arguments[1], (arguments[2:] or [None])[0]
        await talk(url, ca)
        await talk_beside_others(url, ca)
    else:
        await be_refused(arguments[1], int(arguments[2]), (arguments[3:] or [None])[0])


asyncio.run(asyncio.wait_for(main(sys.argv[1:]), SECONDS))
