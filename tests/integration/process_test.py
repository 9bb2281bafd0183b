"""The process itself: settings, wrong settings, tokens, static files, TLS, and its end."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

from support import BINARY, KEY, SECRET, Server, WebSocket, eventually, free_port, join_message, sign_token


def run(*args, environment=None, cwd=None):
    done = subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60, cwd=cwd,
                          env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


class Usage(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="parley-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def wrong(self, *args, named, environment=None):
        """One sentence on standard error and an exit code that is not 0."""
        code, out, error = run(*args, environment=environment, cwd=self.folder)
        self.assertNotEqual(code, 0, out)
        self.assertEqual(len(error.strip().splitlines()), 1, error)
        self.assertIn(named, error)

    def test_wrong_settings(self):
        memory = ("serve", "--store", "memory", "--http-port", "0", "--media-port", "0", "--shards", "1")
        self.wrong("serve", "--no-such-flag", "1", named="--no-such-flag")
        self.wrong("serve", "--http-port", "99999", named="--http-port")
        self.wrong("serve", "--shards", "many", named="--shards")
        self.wrong("serve", "--announced-ip", "example.org", named="--announced-ip")
        self.wrong("serve", "--store", "paper", named="--store")
        self.wrong("serve", "--api-key", "k", named="--api-secret")
        self.wrong(*memory, "--api-key", "k", "--api-secret", "short", named="32")
        self.wrong("serve", "--tls-cert", "x", named="--tls-key")
        self.wrong(*memory, "--tls-cert", "/none.pem", "--tls-key", "/none.pem", named="/none.pem")
        self.wrong("serve", "--media-port", "65535", "--shards", "4", "--store", "memory", "--http-port", "0",
                   named="--media-port")
        self.wrong("serve", "--config", "none.toml", named="none.toml")
        self.wrong("serve", "--config", self.write("a.toml", "http_prot = 1"), named="http_prot")
        self.wrong("serve", "--config", self.write("b.toml", "x = = 1"), named="line 1")
        self.wrong("serve", named="--log-level", environment={"PARLEY_LOG_LEVEL": "loud"})
        self.wrong("serve", "more", named="more")
        self.wrong("juggle", named="juggle")

    def test_a_folder_that_cannot_be_written(self):
        file = self.write("file", "")
        self.wrong("serve", "--data-dir", os.path.join(file, "data"), "--http-port", "0", "--media-port", "0",
                   named="data folder")

    def test_files_that_are_no_certificate(self):
        junk = self.write("junk.pem", "junk")
        self.wrong("serve", "--store", "memory", "--http-port", "0", "--media-port", "0", "--shards", "1",
                   "--tls-cert", junk, "--tls-key", junk, named="certificate")

    def test_taken_ports(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            self.wrong("serve", "--store", "memory", "--http-address", "127.0.0.1", "--http-port", port,
                       "--media-port", "0", "--shards", "1", named=port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = str(taken.getsockname()[1])
            self.wrong("serve", "--store", "memory", "--http-port", "0", "--media-address", "127.0.0.1",
                       "--media-port", port, "--shards", "1", named=port)

    def test_help_and_version(self):
        code, out, _ = run("help")
        self.assertEqual(code, 0)
        for flag in ("--http-port", "--media-port", "--announced-ip", "--shards", "--data-dir", "--api-key",
                     "--api-secret", "--tls-cert", "--tls-key", "--log-level"):
            self.assertIn(flag, out)
        self.assertEqual(run("serve", "--help")[1], out)
        code, out, _ = run("version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^\d+\.\d+\.\d+\n$")

    def test_tokens(self):
        keys = ("--api-key", KEY, "--api-secret", SECRET)
        server = Server()
        self.addCleanup(server.close)
        code, out, _ = run("token", *keys, "--permissions", "allow_join,allow_mod", "--expires", "1h")
        self.assertEqual(code, 0)
        self.assertEqual(server.request("GET", "/v2/rooms", token=out.strip()).status, 200)
        room = server.make_room()
        bound = run("token", *keys, "--room", room, "--participant", "ann", "--role", "rtc")[1].strip()
        self.assertEqual(server.request("GET", "/v2/rooms", token=bound).status, 403)
        self.assertEqual(server.join(room, "ann", token=bound).joined["participant_id"], "ann")
        self.wrong("token", "--permissions", "fly", named="--permissions")
        self.wrong("token", "--permissions", "ask_join,allow_mod", named="ask_join")
        self.wrong("token", "--expires", "soon", named="--expires")
        self.wrong("token", "--role", "king", named="--role")


class Running(unittest.TestCase):
    def start(self, *args, **more):
        server = Server(*args, **more)
        self.addCleanup(server.close)
        return server

    def test_settings_from_file_environment_and_flags(self):
        folder = tempfile.mkdtemp(prefix="parley-test-")
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "parley.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('app_access = "off"\npublic_url = "https://from-file.example"\n')
        server = self.start("--config", path, environment={"PARLEY_APP_ACCESS": "open"})
        self.assertEqual(server.request("POST", "/app/rooms").status, 200)  # the environment beats the file
        room = server.make_room()
        link = server.api("GET", f"/v2/rooms/{room}").json["links"]["get_room"]
        self.assertEqual(link, f"https://from-file.example/v2/rooms/{room}")

    def test_sigterm_tells_clients_and_ends_in_order(self):
        server = self.start()
        room = server.make_room()
        ann = server.join(room, "ann")
        session = ann.joined["session_id"]
        self.assertEqual(server.stop(), 0)
        self.assertGreater(ann.receive("server_closing")["server_closing"]["retry_after_ms"], 0)
        self.assertEqual(ann.expect_close(), 1001)
        server.start()
        self.assertEqual(server.api("GET", f"/v2/sessions/{session}").json["status"], "ended")
        self.assertEqual(server.join(room, "ann").joined["room_id"], room)

    def test_sigterm_does_not_wait_for_clients_that_are_gone(self):
        server = self.start()
        server.join(server.make_room(), "ann")  # reads nothing, answers nothing
        self.assertEqual(server.stop(), 0)

    def test_two_servers_do_not_share_a_database(self):
        server = self.start()
        code, _, error = run("serve", "--data-dir", server.data_dir, "--http-port", "0", "--media-port", "0")
        self.assertNotEqual(code, 0)
        self.assertIn("another server", error)

    def test_nothing_is_kept_in_memory_mode(self):
        server = self.start("--store", "memory")
        room = server.make_room()
        server.stop()
        server.start()
        self.assertEqual(server.api("GET", f"/v2/rooms/{room}").status, 404)

    def test_open_room_prints_a_meeting(self):
        server = self.start("--open-room")
        line = eventually("the address", lambda: [l for l in server.log.splitlines() if l.startswith("Meeting: ")])[0]
        self.assertRegex(line, r"^Meeting: http://127\.0\.0\.1:\d+/m/[a-z0-9-]{14}$")
        room = line.rsplit("/", 1)[1]
        self.assertEqual(server.api("GET", f"/v2/rooms/validate/{room}").status, 200)

    def test_the_app_gets_rooms_and_tokens_when_the_door_is_open(self):
        server = self.start("--app-access", "open")
        room = server.request("POST", "/app/rooms").json["roomId"]
        token = server.request("POST", "/app/token", {"roomId": room, "name": "Ann"}).json["token"]
        self.assertEqual(server.join(room, "ann", token=token).joined["room_id"], room)
        # The app's page of recordings asks REST: about this room, and about no other.
        self.assertEqual(server.request("GET", f"/v2/rooms/{room}", token=token).status, 200)
        self.assertEqual(server.request("GET", f"/v2/rooms/{server.make_room()}", token=token).status, 403)
        for body, named in (({}, "roomId"), ({"roomId": 1}, "roomId"), (b"[", "body")):
            response = server.request("POST", "/app/token", body)
            self.assertEqual(response.status, 400)
            self.assertIn(named, response.json["message"])
        self.assertEqual(server.request("POST", "/app/token", {"roomId": "nowhere"}).status, 404)

    def test_static_files(self):
        web = tempfile.mkdtemp(prefix="parley-test-")
        self.addCleanup(shutil.rmtree, web)
        os.makedirs(os.path.join(web, "sdk"))
        os.makedirs(os.path.join(web, "assets"))
        for name, content in (("index.html", "<html>app"), ("sdk/parley.js", "sdk"), ("assets/a-1.css", "a{}")):
            with open(os.path.join(web, name), "w", encoding="utf-8") as file:
                file.write(content)
        server = self.start("--web-root", web)
        for path in ("/", "/m/abcd-efgh-ijkl", "/join", "/index.html"):
            page = server.request("GET", path)
            self.assertEqual((page.status, page.data), (200, b"<html>app"), path)
            self.assertIn("default-src 'self'", page.headers["content-security-policy"])
            self.assertEqual(page.headers["x-content-type-options"], "nosniff")
        sdk = server.request("GET", "/sdk/parley.js")
        self.assertEqual(sdk.headers["access-control-allow-origin"], "*")
        self.assertEqual(sdk.headers["content-type"], "text/javascript; charset=utf-8")
        self.assertIn("immutable", server.request("GET", "/assets/a-1.css").headers["cache-control"])
        for path in ("/../etc/passwd", "/%2e%2e/etc/passwd", "/sdk/none.js", "/assets/", "/none.png", "/v1/signal"):
            with self.subTest(path):
                self.assertEqual(server.request("GET", path).status, 404)
        head = server.request("HEAD", "/")
        self.assertEqual((head.status, head.data, head.headers["content-length"]), (200, b"", "9"))
        self.assertEqual(server.request("DELETE", "/").status, 405)

    def test_tls(self):
        folder = tempfile.mkdtemp(prefix="parley-test-")
        self.addCleanup(shutil.rmtree, folder)
        cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        context = ssl.create_default_context(cafile=cert)
        server = TlsServer(context, "--tls-cert", cert, "--tls-key", key)
        self.addCleanup(server.close)
        room = server.make_room()
        ann = WebSocket(server.port, wrap=lambda raw: context.wrap_socket(raw, server_hostname="127.0.0.1"))
        ann.send(join_message(room, "ann"))
        self.assertEqual(ann.receive("joined")["joined"]["room_id"], room)
        with socket.create_connection(("127.0.0.1", server.port)) as plain:  # not TLS: cut off, nobody else is hurt
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.assertNotIn(b"200", plain.recv(4096))
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError, ValueError)):
            old.wrap_socket(socket.create_connection(("127.0.0.1", server.port)))


class TlsServer(Server):
    def __init__(self, context, *args):
        self.context = context
        super().__init__(*args)

    def connect(self):
        import http.client
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=self.context)


if __name__ == "__main__":
    unittest.main()
