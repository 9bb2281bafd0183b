"""Starts the real server for a test, and speaks HTTP, WebSocket and the wire format to it."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import urllib.parse

BINARY = os.environ.get("PARLEY_BINARY", "build/release/parley")
KEY = "test-key"
SECRET = "test-secret-of-at-least-thirty-two-characters"
# A sanitized build on a busy machine is slow to start.
PATIENCE = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(what, check, timeout=PATIENCE):
    """Polls until `check` gives something true, and returns that."""
    end = time.monotonic() + timeout
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain for: {what}")
        time.sleep(0.02)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign_token(claims=None, secret=SECRET, header=None, **more):
    """A VideoSDK-style token. A claim of None is left out."""
    now = int(time.time())
    body = {"apikey": KEY, "version": 2, "permissions": ["allow_join", "allow_mod"], "iat": now, "exp": now + 3600}
    body.update(claims or {}, **more)
    body = {name: value for name, value in body.items() if value is not None}
    parts = [base64url(json.dumps(part).encode()) for part in (header or {"alg": "HS256", "typ": "JWT"}, body)]
    signed = ".".join(parts)
    return signed + "." + base64url(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


class Response:
    def __init__(self, raw):
        self.status = raw.status
        self.headers = {name.lower(): value for name, value in raw.getheaders()}
        self.data = raw.read()

    @property
    def json(self):
        return json.loads(self.data)


class Server:
    """One `parley serve` with ports and data of its own."""

    def __init__(self, *args, environment=None, shards=1, data_dir=None):
        self.args = list(args)
        self.shards = shards
        self.environment = environment or {}
        self.data_dir = data_dir or tempfile.mkdtemp(prefix="parley-test-")
        os.makedirs(self.data_dir, exist_ok=True)
        self.port = free_port()
        self.log = ""
        self.start()

    def start(self):
        command = [BINARY, "serve", "--http-address", "127.0.0.1", "--http-port", str(self.port), "--media-port", "0",
                   "--media-address", "127.0.0.1", "--shards", str(self.shards), "--data-dir", self.data_dir,
                   "--api-key", KEY, "--api-secret", SECRET, *self.args]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        env={**os.environ, **self.environment}, cwd=self.data_dir)
        self.reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        eventually("the server to be ready", self._is_ready)

    def _read(self, stream):
        for line in stream:
            self.log += line

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log}")
        try:
            return self.request("GET", "/healthz").status == 200
        except OSError:
            return False

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def request(self, method, path, body=None, token=None, headers=None):
        """`body`: a value to send as JSON, or bytes as they are."""
        connection = self.connect()
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            all_headers = {"Content-Type": "application/json", **(headers or {})}
            if token:
                all_headers["Authorization"] = token
            connection.request(method, path, data, all_headers)
            return Response(connection.getresponse())
        finally:
            connection.close()

    def api(self, method, path, body=None, **claims):
        return self.request(method, path, body, sign_token(claims))

    def make_room(self, **fields):
        response = self.api("POST", "/v2/rooms", fields)
        assert response.status == 200, response.data
        return response.json["roomId"]

    def signal(self):
        return WebSocket(self.port)

    def join(self, room, participant, **more):
        socket = self.signal()
        socket.send(join_message(room, participant, **more))
        joined = socket.receive("joined")
        socket.joined = joined["joined"]
        return socket

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.process.kill()
        return self.wait()

    def wait(self):
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        return code

    def close(self):
        code = self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)
        assert code == 0, f"the server ended with {code}:\n{self.log[-4000:]}"
        # Its workers' words are in its log. Sanitizers let a program go on, or end one that is restarted.
        fault = re.search(r"Sanitizer: |: runtime error: ", self.log)
        assert fault is None, f"a sanitizer found a fault:\n{self.log[fault.start():fault.start() + 8000]}"


class Receiver:
    """Of webhooks: collects calls; `status(n)` says how to answer the n-th one."""

    def __init__(self, status=lambda n: 200):
        calls = self.calls = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                calls.append({"path": self.path, "body": body, "signature": self.headers["videosdk-signature"],
                              "type": self.headers["Content-Type"]})
                self.send_response(status(len(calls)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self):
        return [json.loads(call["body"]) for call in self.calls]

    def types(self):
        return [body["webhookType"] for body in self.bodies()]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


# ---- the wire format: just what the tests say and look at ---------------------------------------------------------

MODES = {"SEND_AND_RECV": 0, "RECV_ONLY": 1, "SIGNALLING_ONLY": 2}


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """An int, a text, bytes or (already encoded) message as one field."""
    if isinstance(value, bool) or isinstance(value, int):
        return varint(number << 3) + varint(int(value))
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def client_message(number, body=b"", request=1):
    return (field(1, request) if request else b"") + field(number, body)


def join_message(room, participant="", name="", token=None, mode="SIGNALLING_ONLY", request=1, offer=b"", meta=""):
    body = field(1, sign_token() if token is None else token) + field(2, room)
    body += field(3, participant) + field(4, name or f"Name of {participant}")
    if meta:
        body += field(5, meta)
    body += field(6, MODES[mode])
    if offer:
        body += field(7, offer)
    return client_message(2, body, request)


def resume_message(key, last_seq):
    return client_message(3, field(1, key) + field(2, last_seq))


LEAVE = client_message(4, b"", 0)


def publish_chat(topic, text, persist=True):
    return client_message(15, field(1, topic) + field(2, text) + field(4, persist), 9)


def decode(data):
    """{field number: [value, …]}; values are ints or bytes."""
    fields, at = {}, 0

    def read_varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = read_varint()
        if key & 7 == 0:
            value = read_varint()
        elif key & 7 == 2:
            size = read_varint()
            value = data[at:at + size]
            at += size
        else:
            raise AssertionError(f"wire type {key & 7}")
        fields.setdefault(key >> 3, []).append(value)
    return fields


def text(fields, number):
    return fields.get(number, [b""])[0].decode()


def read_error(data):
    error = decode(data)
    return {"code": error.get(1, [0])[0], "message": text(error, 2)}


def read_joined(data):
    joined = decode(data)
    return {"room_id": text(joined, 1), "custom_room_id": text(joined, 2), "session_id": text(joined, 3),
            "participant_id": text(joined, 4), "resume_key": text(joined, 9),
            "egress_statuses": [text(decode(state), 3) for state in decode(joined.get(7, [b""])[0]).get(5, [])]}


BODIES = {
    3: ("error", read_error),
    4: ("ok", decode),
    5: ("joined", read_joined),
    6: ("resumed", lambda data: {"replayed": bool(decode(data).get(1, [0])[0])}),
    7: ("entry_pending", decode),
    10: ("pong", lambda data: {"client_time_ms": decode(data).get(1, [0])[0]}),
    11: ("participant_joined", lambda data: {"participant_id": text(decode(decode(data)[1][0]), 1)}),
    12: ("participant_left", lambda data: {"participant_id": text(decode(data), 1),
                                           "reason": read_error(decode(data)[2][0])}),
    23: ("pubsub_messages", decode),
    29: ("left", lambda data: read_error(decode(data)[1][0])),
    30: ("server_closing", lambda data: {"retry_after_ms": decode(data).get(1, [0])[0]}),
}


def read_server_message(data):
    fields = decode(data)
    out = {"seq": fields.get(1, [0])[0], "reply_to": fields.get(2, [0])[0]}
    for number, values in fields.items():
        if number > 2:
            name, read = BODIES.get(number, (f"body {number}", decode))
            out[name] = read(values[0])
    return out


# ---- WebSocket (RFC 6455) -----------------------------------------------------------------------------------------

class Closed(Exception):
    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code = code
        self.reason = reason


class WebSocket:
    def __init__(self, port, path="/v1/signal", wrap=None):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        if wrap:
            self.socket = wrap(self.socket)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
                            .encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline()
        assert b" 101 " in status, status
        while self.file.readline() not in (b"\r\n", b""):
            pass
        self.skipped = []

    def frame(self, opcode, payload, fin=True):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if len(payload) < 1 << 16 else \
            self._mask(payload, mask)
        size = len(payload)
        head = bytes([(0x80 if fin else 0) | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 1 << 16:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        self.socket.sendall(head + mask + masked)

    @staticmethod
    def _mask(payload, mask):
        repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
        return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")

    def send(self, message):
        self.frame(2, message)

    def _read(self, size):
        data = self.file.read(size)
        if len(data) < size:
            raise Closed(1006)
        return data

    def receive_frame(self):
        """The next binary message. Answers pings; raises Closed at the end."""
        while True:
            try:
                head = self._read(2)
            except (ConnectionError, TimeoutError) as error:
                raise Closed(1006, str(error)) from error
            size = head[1] & 0x7F
            if size == 126:
                size = struct.unpack(">H", self._read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._read(8))[0]
            payload = self._read(size)
            opcode = head[0] & 0x0F
            if opcode == 9:
                self.frame(10, payload)
            elif opcode == 8:
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                try:
                    self.frame(8, payload[:2])
                except OSError:
                    pass
                raise Closed(code, payload[2:].decode())
            elif opcode == 2:
                return payload

    def receive(self, *bodies):
        """The next message that has one of these bodies (any if none is named)."""
        while True:
            message = read_server_message(self.receive_frame())
            if not bodies or any(body in message for body in bodies):
                return message
            self.skipped.append(message)

    def expect_close(self):
        """Reads to the end; returns the close code."""
        try:
            while True:
                self.receive_frame()
        except Closed as closed:
            return closed.code

    def cut(self):
        """Ends the connection without a word."""
        self.file.close()
        self.socket.close()
