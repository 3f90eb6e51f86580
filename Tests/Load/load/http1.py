"""A client for HTTP/1.1 that checks the framing of what it reads."""
import asyncio
import re
import time

from load.response import NAME, Broken, Response

_STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) ?[ -~]*\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r\n")
_PIECE = 8192
_LIMIT = 1 << 17  # octets that a connection holds for who reads slowly
_ENDS = (OSError, EOFError, ValueError)


def _broken(error, octets_seen):
    text = "closed" if isinstance(error, EOFError) else str(error) or type(error).__name__
    seen = f"after {octets_seen} octets of the response" if octets_seen else "without any response"
    return Broken(f"{text} {seen}", not octets_seen)


class Connection:
    """A connection, on which one request is made after the other.

    `used`: how many were answered. `is_open`: whether another may be made. `opened`: when it was begun.
    """

    def __init__(self, reader, writer, opened, host=NAME):
        self._reader, self._writer = reader, writer
        self.opened = opened
        self._host = host
        self._seen = 0
        self.used = 0
        self.is_open = True

    @classmethod
    async def open(cls, port, tls=None):
        """Connects; `tls` is an SSLContext. Raises OSError."""
        opened = time.monotonic()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname=NAME if tls else None, limit=_LIMIT)
        return cls(reader, writer, opened)

    @classmethod
    async def open_unix(cls, path):
        """Connects to a unix-domain socket. Raises OSError."""
        opened = time.monotonic()
        reader, writer = await asyncio.open_unix_connection(path, limit=_LIMIT)
        return cls(reader, writer, opened, "localhost")

    @property
    def tls(self):
        """The SSLObject, or None in the clear."""
        return self._writer.get_extra_info("ssl_object")

    @property
    def was_closed(self):
        """Whether the other side has closed it between two requests."""
        return (self._reader.at_eof() or self._reader.exception() is not None
                or self._writer.is_closing())

    def close(self):
        """Closes it without waiting for anything."""
        self.is_open = False
        self._writer.close()

    async def ask(self, step, fields=()):
        """Makes the request and reads its response. Raises Broken."""
        self._seen = 0
        try:
            await self._send(step, fields)
            response = await self._read_head()
            await self._read_content(step, response)
        except _ENDS as error:
            self.close()
            raise _broken(error, self._seen) from None
        self.used += 1
        if (response.field("connection") or "").lower() == "close":
            self.close()
        return response

    async def switch(self, step, fields):
        """Makes a request for another protocol. Returns the response's head, reader and writer."""
        self._seen = 0
        try:
            await self._send(step, fields)
            return await self._read_head(), self._reader, self._writer
        except _ENDS as error:
            self.close()
            raise _broken(error, self._seen) from None

    async def _send(self, step, fields):
        head = [f"{step.method} {step.path} HTTP/1.1", f"Host: {self._host}", *fields]
        content = step.content
        if step.is_chunked:
            head.append("Transfer-Encoding: chunked")
            pieces = [content[at:at + _PIECE] for at in range(0, len(content), _PIECE)]
            content = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
            content += b"0\r\n\r\n"
        elif content is not None:
            head.append(f"Content-Length: {len(content)}")
        self._writer.write("\r\n".join([*head, "", ""]).encode() + (content or b""))
        try:
            await self._writer.drain()
        except OSError:
            # The answer may have come before the other side stopped reading.
            if self._reader.at_eof():
                raise

    async def _read_head(self):
        while True:
            match = _STATUS_LINE.fullmatch(await self._read_line())
            if not match:
                raise OSError("no status line")
            fields = []
            while (line := await self._read_line()) != b"\r\n":
                field = _FIELD.fullmatch(line)
                if not field:
                    raise OSError(f"no field: {line!r}")
                fields.append((field[1].decode().lower(), field[2].decode("latin-1")))
            status = int(match[1])
            if status >= 200 or status == 101:
                return Response(status, fields)

    async def _read_content(self, step, response):
        if step.method == "HEAD" or response.status in (204, 304):
            return
        if (response.field("transfer-encoding") or "").lower() == "chunked":
            response.content = await self._read_chunks()
        elif (length := response.field("content-length")) is not None:
            response.content = await self._read_exactly(int(length))
        else:
            raise OSError("a response without a length")

    async def _read_chunks(self):
        pieces = []
        while size := int((await self._read_line()).split(b";")[0], 16):
            pieces.append(await self._read_exactly(size))
            if await self._read_exactly(2) != b"\r\n":
                raise OSError("no line end behind a chunk")
        while await self._read_line() != b"\r\n":
            pass
        return b"".join(pieces)

    async def _read_line(self):
        line = await self._reader.readline()
        self._seen += len(line)
        if not line.endswith(b"\n"):
            raise EOFError
        return line

    async def _read_exactly(self, count):
        octets = await self._reader.readexactly(count)
        self._seen += count
        return octets
