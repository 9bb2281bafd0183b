"""Webhooks of the real server: signed, ordered, retried, and there after a crash."""

import base64
import os
import subprocess
import tempfile
import unittest

from support import LEAVE, Receiver, Server, eventually


def verify(public_key, body, signature):
    """OpenSSL's command line as the second opinion."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, data in (("key", public_key.encode()), ("body", body), ("signature", base64.b64decode(signature))):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(data)
        command = ["openssl", "dgst", "-sha256", "-verify", paths["key"], "-signature", paths["signature"], paths["body"]]
        return subprocess.run(command, capture_output=True).returncode == 0


class Webhooks(unittest.TestCase):
    def start(self, *args):
        server = Server("--webhook-retry", "50", *args)
        self.addCleanup(server.close)
        return server

    def receiver(self, *args):
        receiver = Receiver(*args)
        self.addCleanup(receiver.close)
        return receiver

    def meet(self, server, url, events=()):
        room = server.make_room(webhook={"endPoint": url, "events": list(events)})
        ann = server.join(room, "ann")
        ann.send(LEAVE)
        ann.receive("left")
        return room, ann.joined["session_id"]

    def test_a_session_is_told_in_order_and_signed(self):
        server, receiver = self.start(), self.receiver()
        room, session = self.meet(server, receiver.url)
        eventually("four calls", lambda: len(receiver.calls) == 4)
        types = receiver.types()
        self.assertEqual(types[0], "session-started")
        self.assertEqual(sorted(types), ["participant-joined", "participant-left", "session-ended", "session-started"])
        key = server.request("GET", "/v2/public/rsa-public-key").json["publicKey"]
        for call in receiver.calls:
            self.assertEqual(call["path"], "/hook?x=1")
            self.assertEqual(call["type"], "application/json")
            self.assertTrue(verify(key, call["body"], call["signature"]))
            self.assertFalse(verify(key, call["body"] + b" ", call["signature"]))
        summary = eventually("all to be recorded", lambda: self.delivered(server, session, 4))
        self.assertEqual(summary["totalCount"], 4)

    def delivered(self, server, session, count):
        summary = server.api("GET", f"/v2/sessions/{session}").json["webhook"]
        return summary if summary["successCount"] == count else None

    def test_only_what_the_room_asked_for(self):
        server, receiver = self.start(), self.receiver()
        _, session = self.meet(server, receiver.url, ["participant*"])
        eventually("both to be recorded", lambda: self.delivered(server, session, 2))
        self.assertEqual(receiver.types(), ["participant-joined", "participant-left"])

    def test_a_failure_is_tried_again(self):
        server, receiver = self.start(), self.receiver(lambda n: 500 if n <= 2 else 200)
        _, session = self.meet(server, receiver.url, ["session-started"])
        summary = eventually("the delivery", lambda: self.delivered(server, session, 1))
        self.assertEqual(summary["data"], [{"type": "session-started", "success": True, "attempts": 3,
                                            "statusCode": 200}])
        self.assertEqual(len(set(call["body"] for call in receiver.calls)), 1)

    def test_a_receiver_that_is_down(self):
        server = self.start()
        receiver = Receiver()
        url = receiver.url
        receiver.close()
        _, session = self.meet(server, url, ["session-ended"])
        path = f"/v2/sessions/{session}"
        eventually("some tries", lambda: [d for d in server.api("GET", path).json["webhook"]["data"]
                                          if d["attempts"] >= 2 and not d["success"] and d["statusCode"] == 0])

    def test_the_outbox_and_the_key_survive_a_kill(self):
        answer = {"status": 503}
        server, receiver = self.start(), self.receiver(lambda n: answer["status"])
        room = server.make_room(webhook={"endPoint": receiver.url})
        ann = server.join(room, "ann")
        session = ann.joined["session_id"]
        key = server.request("GET", "/v2/public/rsa-public-key").json["publicKey"]
        eventually("a first try", lambda: receiver.calls)
        server.kill()
        answer["status"] = 200
        receiver.calls.clear()
        server.start()
        # What was in the outbox comes, and what the crash ended is told too.
        eventually("all four", lambda: set(receiver.types()) == {"session-started", "participant-joined",
                                                                 "participant-left", "session-ended"})
        self.assertEqual(server.request("GET", "/v2/public/rsa-public-key").json["publicKey"], key)
        self.assertTrue(verify(key, receiver.calls[0]["body"], receiver.calls[0]["signature"]))
        self.assertEqual(server.api("GET", f"/v2/sessions/{session}").json["status"], "ended")

    def test_an_orderly_end_is_told_after_the_next_start(self):
        server, receiver = self.start(), self.receiver()
        room = server.make_room(webhook={"endPoint": receiver.url, "events": ["session-ended"]})
        server.join(room, "ann")
        self.assertEqual(server.stop(), 0)
        server.start()
        eventually("the end to be told", lambda: receiver.types() == ["session-ended"])

    def test_private_targets_can_be_refused(self):
        server, receiver = self.start("--webhook-private-targets", "refuse"), self.receiver()
        _, session = self.meet(server, receiver.url, ["session-started"])
        path = f"/v2/sessions/{session}"
        eventually("a refused try", lambda: [d for d in server.api("GET", path).json["webhook"]["data"]
                                             if d["attempts"] >= 1])
        self.assertEqual(receiver.calls, [])


if __name__ == "__main__":
    unittest.main()
