"""The signalling socket of the real server: joining, resuming, and everything that is not a protocol."""

import os
import random
import socket
import unittest

from support import (LEAVE, Closed, Server, WebSocket, client_message, eventually, field, join_message, publish_chat,
                     resume_message, sign_token)


class Signalling(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--grace-period", "2")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.room = self.server.make_room()

    def refusal(self, message):
        socket = self.server.signal()
        socket.send(message)
        return socket.receive("error")["error"]["code"]

    # ---- joining --------------------------------------------------------------------------------------------------

    def test_join_meet_leave(self):
        ann = self.server.join(self.room, "ann")
        self.assertEqual(ann.joined["room_id"], self.room)
        bob = self.server.join(self.room, "bob")
        self.assertEqual(ann.receive("participant_joined")["participant_joined"]["participant_id"], "bob")
        self.assertEqual(bob.joined["session_id"], ann.joined["session_id"])
        bob.send(LEAVE)
        self.assertEqual(bob.receive("left")["left"]["code"], 1101)
        self.assertEqual(bob.expect_close(), 1000)
        self.assertEqual(ann.receive("participant_left")["participant_left"]["participant_id"], "bob")

    def test_tokens_are_looked_at(self):
        other = self.server.make_room()
        for name, token, code in [("forged", sign_token(secret="x" * 40), 4002),
                                  ("expired", sign_token(exp=1_700_000_000), 4002), ("empty", "", 4002),
                                  ("another key", sign_token(apikey="who"), 4001),
                                  ("another room", sign_token(roomId=other), 4022),
                                  ("another person", sign_token(participantId="cleo"), 4023),
                                  ("REST only", sign_token(roles=["crawler"]), 4024),
                                  ("nothing allowed", sign_token(permissions=[]), 4008),
                                  ("mixed", sign_token(permissions=["ask_join", "allow_join"]), 4008)]:
            with self.subTest(name):
                self.assertEqual(self.refusal(join_message(self.room, "ann", token=token)), code)
        self.assertEqual(self.refusal(join_message("none-none-none", "ann")), 4003)

    def test_a_room_for_some(self):
        room = self.server.make_room(allowedParticipantIds=["ann"])
        self.assertEqual(self.server.join(room, "ann").joined["participant_id"], "ann")
        self.assertEqual(self.refusal(join_message(room, "bob")), 4004)

    def test_the_same_id_again(self):
        first = self.server.join(self.room, "ann")
        self.server.join(self.room, "ann")
        self.assertEqual(first.receive("left")["left"]["code"], 1011)

    def test_a_join_can_be_tried_again_on_the_same_socket(self):
        ann = self.server.signal()
        ann.send(join_message("none-none-none", "ann"))
        self.assertEqual(ann.receive("error")["error"]["code"], 4003)
        ann.send(join_message(self.room, "ann"))
        ann.receive("joined")

    def test_an_offer_that_is_none(self):
        offer = field(1, "v=0\r\no=- nonsense\r\n")
        self.assertEqual(self.refusal(join_message(self.room, "ann", mode="SEND_AND_RECV", offer=offer)), 3073)

    # ---- resuming -------------------------------------------------------------------------------------------------

    def test_a_cut_socket_resumes_and_misses_nothing(self):
        ann = self.server.join(self.room, "ann")
        last = 1
        ann.cut()
        self.server.join(self.room, "bob")
        again = self.server.signal()
        again.send(resume_message(ann.joined["resume_key"], last))
        self.assertTrue(again.receive("resumed")["resumed"]["replayed"])
        missed = again.receive("participant_joined")
        self.assertEqual(missed["participant_joined"]["participant_id"], "bob")
        self.assertGreater(missed["seq"], last)

    def test_too_late_is_too_late(self):
        ann = self.server.join(self.room, "ann")
        bob = self.server.join(self.room, "bob")
        ann.cut()
        left = bob.receive("participant_left")["participant_left"]  # after the grace period of two seconds
        self.assertEqual(left["reason"]["code"], 1001)
        self.assertEqual(self.refusal(resume_message(ann.joined["resume_key"], 1)), 1001)

    def test_a_key_must_be_right(self):
        ann = self.server.join(self.room, "ann")
        key = ann.joined["resume_key"]
        for bad in ("", key[:-1], key + "x", key[:-1] + ("A" if key[-1] != "A" else "B"), "1-" + "x" * 32):
            with self.subTest(bad):
                self.assertEqual(self.refusal(resume_message(bad, 1)), 1001)
        ann.send(publish_chat("CHAT", "still here"))
        ann.receive("ok")

    # ---- hostile --------------------------------------------------------------------------------------------------

    def close_code(self, *frames):
        socket = self.server.signal()
        try:
            for opcode, payload in frames:
                socket.frame(opcode, payload)
        except OSError:
            return 1006
        return socket.expect_close()

    def test_frames_that_are_no_messages(self):
        self.assertEqual(self.close_code((1, b"hello")), 1003)
        self.assertEqual(self.close_code((2, b"\xff\xff\xff\xff")), 1007)
        self.assertEqual(self.close_code((2, LEAVE)), 1008)  # before Join
        self.assertEqual(self.close_code((2, join_message(self.room, "x")), (2, join_message(self.room, "x"))), 1008)
        self.assertEqual(self.close_code((2, b"\x00" * (600 * 1024))), 1009)
        self.assertIn(self.close_code((3, b"reserved opcode")), (1002, 1006))
        self.assertIn(self.close_code((8, b"\x00")), (1002, 1005, 1006))  # a close frame of one byte

    def test_random_bytes_hurt_nobody(self):
        ann = self.server.join(self.room, "ann")
        rng = random.Random(7)
        valid = join_message(self.room, "eve", mode="SEND_AND_RECV", offer=field(1, "v=0\r\n"))
        for _ in range(150):
            data = bytearray(valid)
            for _ in range(rng.randrange(1, 12)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            self.close_or_answer(bytes(data))
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", self.server.port)) as raw:
                raw.sendall(rng.randbytes(rng.randrange(1, 400)))
        ann.send(publish_chat("CHAT", "unharmed"))
        ann.receive("ok")
        self.assertIsNone(self.server.process.poll())

    def close_or_answer(self, data):
        eve = self.server.signal()
        eve.send(data)
        try:
            eve.receive("error", "joined", "entry_pending")
        except Closed:
            pass
        eve.cut()

    def test_too_many_messages_are_dropped_then_the_socket_closes(self):
        ann = self.server.join(self.room, "ann")
        ping = client_message(19, field(1, 1), 0)
        try:
            for _ in range(2000):
                ann.send(ping)
        except OSError:
            pass
        self.assertIn(ann.expect_close(), (1008, 1006))

    def test_a_silent_client_is_told_to_go(self):
        silent = self.server.signal()
        self.assertEqual(silent.expect_close(), 1008)  # after the join deadline of 15 s; pings are answered meanwhile

    def test_a_path_that_is_none(self):
        with self.assertRaises(AssertionError):
            WebSocket(self.server.port, "/v1/other")

    # ---- figures --------------------------------------------------------------------------------------------------

    def test_figures(self):
        self.server.join(self.room, "ann")

        def figure(name):
            lines = self.server.request("GET", "/metrics").data.decode().splitlines()
            return float(next(line for line in lines if line.startswith(name + " ")).split()[1])

        self.assertGreaterEqual(figure("parley_rooms"), 1)
        self.assertGreaterEqual(figure("parley_joins_total"), 1)
        health = self.server.request("GET", "/healthz").json
        self.assertEqual(health["status"], "ok")
        self.assertGreaterEqual(health["participants"], 1)


if __name__ == "__main__":
    unittest.main()
