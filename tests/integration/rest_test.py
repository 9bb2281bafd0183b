"""REST over real sockets: what the unit tests of src/api cannot see."""

import base64
import json
import socket
import threading
import time
import unittest

from support import KEY, Server, base64url, eventually, join_message, publish_chat, sign_token


class Rest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def refused(self, response, status, named=""):
        self.assertEqual(response.status, status, response.data)
        body = response.json
        self.assertEqual(set(body), {"statusCode", "error", "message"})
        self.assertEqual(body["statusCode"], status)
        self.assertIn(named, body["message"])

    # ---- rooms ----------------------------------------------------------------------------------------------------

    def test_a_room_from_its_making_to_its_end(self):
        made = self.server.api("POST", "/v2/rooms", {"customRoomId": "life", "geoFence": "eu001"})
        self.assertEqual(made.status, 200)
        room = made.json["roomId"]
        self.assertRegex(room, r"^[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}$")
        self.assertEqual(made.json["userId"], KEY)
        for name in (room, "life", made.json["id"]):
            self.assertEqual(self.server.api("GET", f"/v2/rooms/{name}").json, made.json)
        self.assertEqual(self.server.api("POST", "/v2/rooms", {"customRoomId": "life"}).json, made.json)
        self.assertEqual(self.server.api("GET", f"/v2/rooms/validate/{room}").status, 200)
        self.assertEqual(self.server.api("GET", "/v2/rooms?query=life").json["pageInfo"]["total"], 1)
        self.assertTrue(self.server.api("POST", "/v2/rooms/deactivate", {"roomId": room}).json["disabled"])
        self.refused(self.server.api("GET", f"/v2/rooms/validate/{room}"), 400, "disabled")

    def test_every_field_wrong_in_turn(self):
        cases = [({"customRoomId": 1}, "customRoomId"), ({"customRoomId": "x" * 129}, "customRoomId"),
                 ({"geoFence": {}}, "geoFence"), ({"webhook": []}, "webhook"), ({"webhook": {}}, "webhook.endPoint"),
                 ({"webhook": {"endPoint": "x"}}, "webhook.endPoint"),
                 ({"webhook": {"endPoint": "https://x", "events": {}}}, "webhook.events"),
                 ({"autoCloseConfig": 5}, "autoCloseConfig"), ({"autoCloseConfig": {"type": 1}}, "autoCloseConfig.type"),
                 ({"autoCloseConfig": {"duration": -1}}, "autoCloseConfig.duration"),
                 ({"allowedParticipantIds": [None]}, "allowedParticipantIds[0]"), ([], "body"), ("text", "body"),
                 (b"{", "body"), (b"\xff\xfe", "body")]
        for body, named in cases:
            with self.subTest(body=body):
                self.refused(self.server.api("POST", "/v2/rooms", body), 400, named)

    def test_large_and_broken_requests_are_refused(self):
        self.refused(self.server.api("POST", "/v2/rooms", b"x" * (300 * 1024)), 413)
        self.refused(self.server.request("GET", "/v2/rooms", headers={"X-Large": "x" * 20000}), 431)
        for junk in (b"\r\n\r\n\r\n", b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n",
                     b"POST /v2/rooms HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                     b"POST /v2/rooms HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"):
            with self.subTest(junk=junk), socket.create_connection(("127.0.0.1", self.server.port), 10) as raw:
                raw.sendall(junk)
                raw.shutdown(socket.SHUT_WR)
                answer = b""
                while chunk := raw.recv(4096):
                    answer += chunk
                self.assertNotIn(b" 200 ", answer)
        self.assertEqual(self.server.request("GET", "/healthz").status, 200)

    def test_one_connection_serves_many_requests(self):
        connection = self.server.connect()
        for _ in range(50):
            connection.request("GET", "/v2/rooms", headers={"Authorization": "Bearer " + sign_token()})
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            answer.read()
        connection.close()

    def test_many_at_once(self):
        failures = []

        def work(n):
            for i in range(10):
                response = self.server.api("POST", "/v2/rooms", {"customRoomId": f"many-{n}-{i}"})
                if response.status != 200:
                    failures.append(response.data)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    # ---- tokens ---------------------------------------------------------------------------------------------------

    def test_forged_expired_and_misused_tokens(self):
        good = sign_token()
        head, body, signature = good.split(".")
        none = base64url(json.dumps({"alg": "none"}).encode()) + "." + body + "."
        changed = head + "." + base64url(base64.urlsafe_b64decode(body + "==")[:-1] + b" }") + "." + signature
        now = int(time.time())
        for name, token, status in [
                ("none at all", None, 401), ("nonsense", "nonsense", 401), ("two parts", head + "." + body, 401),
                ("algorithm none", none, 401), ("changed", changed, 401),
                ("other secret", sign_token(secret="x" * 40), 401), ("other key", sign_token(apikey="who"), 401),
                ("expired", sign_token(exp=now - 60), 401), ("never expires", sign_token(exp=None), 401),
                ("not yet", sign_token(nbf=now + 600), 401), ("no permissions", sign_token(permissions=None), 401),
                ("RS256", sign_token(header={"alg": "RS256"}), 401), ("too long", "x" * 5000, 401),
                ("for joining only", sign_token(roles=["rtc"]), 403)]:
            with self.subTest(name):
                self.refused(self.server.request("GET", "/v2/rooms", token=token), status)
        self.assertEqual(self.server.request("GET", "/v2/rooms", token=sign_token(roles=["crawler"])).status, 200)

    def test_a_token_of_another_room(self):
        own, other = self.server.make_room(), self.server.make_room()
        self.assertEqual(self.server.api("GET", f"/v2/rooms/{own}", roomId=own).status, 200)
        self.refused(self.server.api("GET", f"/v2/rooms/{other}", roomId=own), 403)
        self.refused(self.server.api("POST", "/v2/rooms/deactivate", {"roomId": other}, roomId=own), 403)

    # ---- sessions -------------------------------------------------------------------------------------------------

    def test_a_session_with_somebody_in_it(self):
        room = self.server.make_room()
        ann = self.server.join(room, "ann", meta='{"seat": 1}')
        session = ann.joined["session_id"]
        seen = eventually("the session to be recorded",
                          lambda: self.server.api("GET", f"/v2/sessions?roomId={room}").json["data"])[0]
        self.assertEqual((seen["id"], seen["status"]), (session, "ongoing"))
        active = self.server.api("GET", f"/v2/sessions/{session}/participants/active").json
        self.assertEqual(active["data"][0]["participantId"], "ann")
        self.assertEqual(active["data"][0]["metaData"], {"seat": 1})
        self.assertEqual(active["data"][0]["mode"], "SIGNALLING_ONLY")

        bob = self.server.join(room, "bob")
        removed = self.server.api("POST", "/v2/sessions/participants/remove", {"roomId": room, "participantId": "bob"})
        self.assertEqual(removed.status, 200, removed.data)
        self.assertEqual(bob.receive("left")["left"]["code"], 1010)
        self.assertEqual(ann.receive("participant_left")["participant_left"]["reason"]["code"], 1010)

        ended = self.server.api("POST", "/v2/sessions/end", {"roomId": room})
        self.assertEqual(ended.json["status"], "ended")
        self.assertEqual(ann.receive("left")["left"]["code"], 1009)
        self.assertEqual(ann.expect_close(), 1000)
        people = self.server.api("GET", f"/v2/sessions/{session}/participants").json["data"]
        self.assertEqual([p["participantId"] for p in people], ["ann", "bob"])
        self.refused(self.server.api("POST", "/v2/sessions/end", {"roomId": room}), 404)

    def test_deactivating_a_room_sends_everybody_out(self):
        room = self.server.make_room()
        ann = self.server.join(room, "ann")
        self.server.api("POST", "/v2/rooms/deactivate", {"roomId": room})
        self.assertEqual(ann.receive("left")["left"]["code"], 1006)
        again = self.server.signal()
        again.send(join_message(room, "ann"))
        self.assertEqual(again.receive("error")["error"]["code"], 4052)

    def test_chat_is_kept(self):
        room = self.server.make_room()
        ann = self.server.join(room, "ann")
        ann.send(publish_chat("CHAT", 'say "hello"'))
        session = ann.joined["session_id"]
        path = f"/v2/sessions/{session}/chat"
        rows = eventually("the message to be recorded",
                          lambda: [r for r in self.server.api("GET", path).data.decode().split("\r\n") if "CHAT" in r])
        self.assertIn('"say ""hello"""', rows[0])
        ann.cut()

    # ---- other origins ----------------------------------------------------------------------------------------------

    def test_pages_on_other_origins_may_call(self):
        preflight = self.server.request("OPTIONS", "/v2/rooms", headers={
            "Origin": "https://app.example", "Access-Control-Request-Method": "POST"})
        self.assertEqual(preflight.status, 204)
        self.assertEqual(preflight.headers["access-control-allow-origin"], "*")
        self.assertIn("authorization", preflight.headers["access-control-allow-headers"])
        self.assertEqual(self.server.api("GET", "/v2/rooms").headers["access-control-allow-origin"], "*")
        self.refused(self.server.request("GET", "/v2/nothing"), 404)

    def test_the_apps_own_doors_are_shut_with_a_real_key(self):
        self.refused(self.server.request("POST", "/app/rooms"), 403)
        response = self.server.request("POST", "/app/token", {"roomId": "x"})
        self.refused(response, 403)
        self.assertNotIn("access-control-allow-origin", response.headers)


if __name__ == "__main__":
    unittest.main()
