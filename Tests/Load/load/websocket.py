"""A WebSocket client: text, binary, fragments, ping and the closing handshake (RFC 6455)."""
import base64
import hashlib
import os
import struct

from load.http1 import Connection
from load.plan import Step
from load.response import Broken

_STEP = Step("GET", "/live", 101)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def accept_value(key):
    """What a server answers to Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()


def masked(octets, mask):
    """The octets with the mask applied, or taken off."""
    size = len(octets)
    mask = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(octets, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")


def frame(kind, octets, mask=b"", is_last=True):
    """A frame; with a mask as clients send it, without one as servers do."""
    size, bit = len(octets), 0x80 if mask else 0
    if size < 126:
        head = bytes([size | bit])
    elif size < 1 << 16:
        head = bytes([126 | bit]) + struct.pack(">H", size)
    else:
        head = bytes([127 | bit]) + struct.pack(">Q", size)
    first = bytes([kind | (0x80 if is_last else 0)])
    return first + head + mask + (masked(octets, mask) if mask else octets)


async def read_frame(reader):
    """Returns kind, octets and whether it is the message's last frame. Raises EOFError, OSError."""
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        size, = struct.unpack(">H", await reader.readexactly(2))
    elif size == 127:
        size, = struct.unpack(">Q", await reader.readexactly(8))
    mask = await reader.readexactly(4) if second & 0x80 else b""
    octets = await reader.readexactly(size)
    return first & 0x0F, masked(octets, mask) if mask else octets, bool(first & 0x80)


class Tunnel:
    """A WebSocket connection through the gateway to a service that sends back what it gets."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port, tls=None):
        """Connects and shakes hands. Raises OSError or Broken."""
        connection = await Connection.open(port, tls)
        key = base64.b64encode(os.urandom(16))
        head, reader, writer = await connection.switch(_STEP, (
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key.decode()}"))
        if head.status != 101 or head.field("sec-websocket-accept") != accept_value(key):
            connection.close()
            raise Broken(f"the handshake was answered with {head.status}", False)
        return cls(reader, writer)

    def abandon(self):
        """Closes the connection without a word."""
        self._writer.close()

    async def echo(self, kind, octets):
        """Sends a message, of two frames if it is long, and returns what comes back."""
        middle = len(octets) // 2 if len(octets) > 1000 else len(octets)
        await self._send(kind, octets[:middle], middle == len(octets))
        if middle < len(octets):
            await self._send(CONTINUATION, octets[middle:])
        back = b""
        while True:
            got, piece, is_last = await self._read()
            if got not in (kind, CONTINUATION):
                raise Broken(f"a frame of kind {got} in place of the echo", False)
            back += piece
            if is_last:
                return back

    async def ping(self, octets):
        """Sends a ping and returns what the pong brings."""
        await self._send(PING, octets)
        kind, back, _ = await self._read()
        return back if kind == PONG else None

    async def close(self):
        """Shakes hands to close; returns whether the other side did, and then closed."""
        await self._send(CLOSE, struct.pack(">H", 1000))
        kind, octets, _ = await self._read()
        rest = await self._reader.read()
        self._writer.close()
        return kind == CLOSE and octets == struct.pack(">H", 1000) and not rest

    async def _send(self, kind, octets, is_last=True):
        self._writer.write(frame(kind, octets, os.urandom(4), is_last))
        try:
            await self._writer.drain()
        except OSError as error:
            raise Broken(f"{error or type(error).__name__}", False) from None

    async def _read(self):
        try:
            return await read_frame(self._reader)
        except (EOFError, OSError) as error:
            text = "closed" if isinstance(error, EOFError) else f"{error}"
            raise Broken(f"{text} in place of an answer", True) from None
