"""A client for HTTP/2 that goes elsewhere when it is told to."""
import asyncio
import struct
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from load.response import NAME, Broken, Response

_GOAWAY = 7


class Elsewhere(Exception):
    """The server has not looked at the request, and never will: GOAWAY says so (RFC 9113 §6.8)."""


class _Stream:
    def __init__(self):
        self.response = Response(0, [])
        self.pieces = []
        self.has_room = asyncio.Event()
        self.end = asyncio.get_running_loop().create_future()

    def fail(self, error):
        if not self.end.done():
            self.end.set_exception(error)
            self.end.exception()  # whoever asked may be sending still
        self.has_room.set()


class Connection:
    """A connection, on which several requests are under way at a time.

    `used`: how many were answered. `is_open`: whether another request may be made. `opened`: when it
    was begun.
    """

    def __init__(self, reader, writer, opened):
        self._reader, self._writer = reader, writer
        self.opened = opened
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self._streams = {}
        self._held = b""
        self._reading = None
        self.used = 0
        self.is_open = True

    @classmethod
    async def open(cls, port, tls):
        """Connects; `tls` is an SSLContext that offers h2 alone. Raises OSError."""
        opened = time.monotonic()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname=NAME)
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            writer.close()
            raise OSError("the server does not agree on h2")
        connection = cls(reader, writer, opened)
        connection._begin()
        return connection

    @property
    def tls(self):
        """The SSLObject."""
        return self._writer.get_extra_info("ssl_object")

    async def close(self):
        """Ends the connection; nobody may be asking on it."""
        self.is_open = False
        self._reading.cancel()
        self._writer.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def ask(self, step):
        """Makes the request and reads its response. Raises Broken or Elsewhere."""
        if not self.is_open:
            raise Elsewhere
        stream = _Stream()
        number = self._h2.get_next_available_stream_id()
        self._streams[number] = stream
        fields = [(":method", step.method), (":scheme", "https"), (":authority", NAME),
                  (":path", step.path)]
        if step.content is not None and not step.is_chunked:
            fields.append(("content-length", str(len(step.content))))
        try:
            self._h2.send_headers(number, fields, end_stream=step.content is None)
            self._flush()
            if step.content is not None:
                await self._send_content(number, stream, step.content)
            await stream.end
        except h2.exceptions.ProtocolError as error:
            raise Broken(f"{type(error).__name__}: {error}", False) from None
        finally:
            self._streams.pop(number, None)
        self.used += 1
        stream.response.content = b"".join(stream.pieces)
        return stream.response

    def _begin(self):
        self._h2.initiate_connection()
        self._h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 18})
        self._h2.increment_flow_control_window(1 << 20)
        self._flush()
        self._reading = asyncio.get_running_loop().create_task(self._read())

    def _flush(self):
        octets = self._h2.data_to_send()
        if octets and not self._writer.is_closing():
            self._writer.write(octets)

    async def _send_content(self, number, stream, content):
        at = 0
        while True:
            if stream.end.done():  # refused before all of the content was taken
                if stream.end.exception() is None:
                    self._h2.reset_stream(number, error_code=0)
                    self._flush()
                return
            room = min(self._h2.local_flow_control_window(number),
                       self._h2.max_outbound_frame_size, len(content) - at)
            if room == 0 and at < len(content):
                stream.has_room.clear()
                await stream.has_room.wait()
                continue
            is_last = at + room == len(content)
            self._h2.send_data(number, content[at:at + room], end_stream=is_last)
            at += room
            self._flush()
            if is_last:
                return

    async def _read(self):
        why = "closed"
        try:
            while octets := await self._reader.read(1 << 16):
                for event in self._h2.receive_data(self._without_goaway(octets)):
                    self._handle(event)
                self._flush()
        except (OSError, h2.exceptions.ProtocolError) as error:
            why = str(error) or type(error).__name__
        self.is_open = False
        for number in list(self._streams):
            self._fail(number, why)
        self._writer.close()

    def _without_goaway(self, octets):
        """Whole frames. h2 would end every stream on GOAWAY, so it gets to see none."""
        self._held += octets
        passed = []
        while len(self._held) >= 9:
            end = 9 + int.from_bytes(self._held[:3], "big")
            if len(self._held) < end:
                break
            frame, self._held = self._held[:end], self._held[end:]
            if frame[3] == _GOAWAY:
                self._goes_away(*struct.unpack(">II", frame[9:17]))
            else:
                passed.append(frame)
        return b"".join(passed)

    def _goes_away(self, last, code):
        self.is_open = False
        for number, stream in list(self._streams.items()):
            if number > last:
                stream.fail(Elsewhere())
            elif code:
                self._fail(number, f"GOAWAY with error {code}")

    def _fail(self, number, why):
        stream = self._streams[number]
        was_silent = not stream.response.status
        seen = "without any response" if was_silent else "in the middle of the response"
        stream.fail(Broken(f"{why} {seen}", was_silent))

    def _handle(self, event):
        if isinstance(event, h2.events.WindowUpdated):
            for number, stream in self._streams.items():
                if event.stream_id in (0, number):
                    stream.has_room.set()
            return
        number = getattr(event, "stream_id", None)
        stream = self._streams.get(number)
        if isinstance(event, h2.events.DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, number)
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            fields = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
            stream.response.fields = fields
            stream.response.status = int(stream.response.field(":status"))
        elif isinstance(event, h2.events.DataReceived):
            stream.pieces.append(event.data)
        elif isinstance(event, h2.events.StreamEnded):
            if not stream.end.done():
                stream.end.set_result(None)
            stream.has_room.set()
        elif isinstance(event, h2.events.StreamReset):
            if event.error_code == 7:  # REFUSED_STREAM: not looked at either
                stream.fail(Elsewhere())
            else:
                self._fail(number, f"the stream was reset with error {event.error_code}")
