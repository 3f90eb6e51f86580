"""The origin that is never killed: takes uploads, sends large files, echoes WebSocket messages.

    python3 -m load.steady PORT [--spoil]     with --spoil one octet of large files is wrong
"""
import asyncio
import sys

from load.plan import LARGE_SIZES, digest, large_content
from load.websocket import BINARY, CLOSE, PING, PONG, TEXT, accept_value, frame, read_frame

_PIECE = 16_000
_LARGE = {str(size): large_content(size) for size in LARGE_SIZES}


async def _serve(reader, writer):
    try:
        while head := await _read_head(reader):
            if not await _answer(head, reader, writer):
                break
    except (OSError, EOFError):
        pass  # the gateway has closed the connection
    finally:
        writer.close()


async def _read_head(reader):
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    fields = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return (*lines[0].split(" ")[:2], fields)


async def _answer(head, reader, writer):
    """Returns whether another request may follow."""
    _, path, fields = head
    if fields.get("upgrade", "").lower() == "websocket":
        await _echo(fields, reader, writer)
        return False
    content = await _read_content(fields, reader)
    _, kind, *more = path.split("/")
    if kind == "upload":
        _write(writer, f"{digest(content)} {len(content)}\n".encode())
    elif kind == "pieces":
        _write_pieces(writer, _LARGE[more[0]])
    elif kind == "large":
        _write(writer, _LARGE[more[0]])
    else:
        _write(writer, b"ok\n")
    await writer.drain()
    return True


async def _read_content(fields, reader):
    if fields.get("transfer-encoding", "").lower() == "chunked":
        pieces = []
        while size := int((await reader.readline()).split(b";")[0], 16):
            pieces.append((await reader.readexactly(size + 2))[:-2])
        while (await reader.readline()).strip():
            pass
        return b"".join(pieces)
    return await reader.readexactly(int(fields.get("content-length", 0)))


def _write(writer, content):
    head = f"HTTP/1.1 200 OK\r\nX-Origin: steady\r\nContent-Length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)


def _write_pieces(writer, content):
    writer.write(b"HTTP/1.1 200 OK\r\nX-Origin: steady\r\nTransfer-Encoding: chunked\r\n\r\n")
    for at in range(0, len(content), _PIECE):
        piece = content[at:at + _PIECE]
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    writer.write(b"0\r\n\r\n")


async def _echo(fields, reader, writer):
    accept = accept_value(fields["sec-websocket-key"].encode())
    writer.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
    kind, held = None, b""
    while True:
        got, octets, is_last = await read_frame(reader)
        if got == CLOSE:
            writer.write(frame(CLOSE, octets))
            return await writer.drain()
        if got == PING:
            writer.write(frame(PONG, octets))
            continue
        kind = got if got in (TEXT, BINARY) else kind
        held += octets
        if is_last:
            writer.write(frame(kind, held))
            held = b""
        await writer.drain()


async def _main(port, spoils):
    if spoils:
        _LARGE.update({size: content[:-1] + b"?" for size, content in _LARGE.items()})
    server = await asyncio.start_server(_serve, "127.0.0.1", port, limit=1 << 17, backlog=128)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), "--spoil" in sys.argv[2:]))
