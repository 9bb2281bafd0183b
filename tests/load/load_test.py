"""A small load on the real server: parley-load's participants get in, hear and see, and its figures add up."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from support import Server, sign_token  # noqa: E402

LOAD = os.environ.get("PARLEY_LOAD", "build/release/tests/load/parley-load")


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def load(self, *options, rooms=1, code=0, token=None):
        command = [LOAD, "--server", f"http://127.0.0.1:{self.server.port}", "--token", token or sign_token(),
                   "--server-pid", str(self.server.process.pid), "--json", *options]
        for _ in range(rooms):
            command += ["--room", self.server.make_room()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def check(self, figures, pictures, seconds, kbps):
        """Every subscriber gets every picture, of the size that was asked for, and a sound with each."""
        self.assertEqual(figures["connected"], figures["clients"])
        self.assertEqual(figures["failures"], {})
        self.assertEqual(figures["joinMs"]["count"], figures["clients"])
        self.assertEqual(figures["firstPictureMs"]["count"], pictures)
        self.assertGreater(figures["audioLatencyMs"]["count"], pictures * seconds * 40)
        self.assertGreater(figures["framesPerSecond"], 15)
        self.assertGreater(figures["receivedMbps"], 0.3 * pictures * kbps / 1000)
        self.assertLess(figures["receivedMbps"], 1.3 * pictures * (kbps + 40) / 1000)
        self.assertLess(figures["lossPercent"], 5)
        self.assertGreater(figures["server"]["cpuSeconds"], 0)
        self.assertGreater(figures["server"]["usPerPacket"], 0)
        for name in ("joinMs", "audioLatencyMs", "videoLatencyMs"):
            self.assertGreater(figures[name]["p50"], 0)
            self.assertLessEqual(figures[name]["p50"], figures[name]["max"])

    def test_two_rooms_on_two_threads(self):
        figures = self.load("--publishers", "2", "--subscribers", "4", "--seconds", "3", "--threads", "2",
                            "--video-kbps", "400", rooms=2)
        self.check(figures, pictures=4, seconds=3, kbps=400)

    def test_media_by_tcp(self):
        figures = self.load("--publishers", "1", "--subscribers", "2", "--seconds", "3", "--video-kbps", "300",
                            "--layers", "1", "--tcp")
        self.check(figures, pictures=2, seconds=3, kbps=300)

    def test_who_is_not_let_in_is_told_of(self):
        figures = self.load("--publishers", "1", "--subscribers", "1", "--seconds", "1", code=1, token="nonsense")
        self.assertEqual(figures["connected"], 0)
        self.assertEqual(sum(figures["failures"].values()), 2)

    def test_wrong_options_give_a_sentence(self):
        for options, message in (([], "--server is missing."), (["--what"], "There is no option --what."),
                                 (["--threads", "0"], "The option --threads wants a number from 1 to 256"),
                                 (["--room"], "The option --room has no value."),
                                 (["--server", "http://x", "--room", "r", "--token", "t", "--server-pid", "2147483647"],
                                  "There is no process 2147483647.")):
            done = subprocess.run([LOAD, *options], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
