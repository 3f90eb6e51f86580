"""A WebSocket server that sends back what it gets. Prints its port, then the path of each connection.

`fragments` is answered with one message in many frames, `close` with the close code 4001.
"""

import asyncio
import signal

import websockets

MOST = 32 << 20


async def reply(connection, message):
    """Answers one message."""
    if message == "fragments":
        await connection.send([f"part {number} " for number in range(100)])
    elif message == "close":
        await connection.close(4001, "as told")
    else:
        await connection.send(message)


async def serve_one(connection):
    """Serves one connection to its end."""
    request = getattr(connection, "request", None)
    print(f"opened {request.path if request else connection.path}", flush=True)
    async for message in connection:
        await reply(connection, message)


async def main():
    """Serves until SIGTERM."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with websockets.serve(serve_one, "127.0.0.1", 0, max_size=MOST,
                                subprotocols=["echo.v1"]) as server:
        print(f"port {next(iter(server.sockets)).getsockname()[1]}", flush=True)
        await told.wait()


asyncio.run(main())
