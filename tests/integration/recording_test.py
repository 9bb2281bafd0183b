"""Recordings by the real worker of real media: a native participant plays a film into a room, and what is on disk in the end
is looked into with ffprobe and ffmpeg. What each kill costs is measured and printed."""

import datetime
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from support import BINARY, PATIENCE, Server, eventually, sign_token

BUILD = os.path.dirname(os.path.abspath(BINARY))
PUBLISHER = os.environ.get("PARLEY_PUBLISHER", os.path.join(BUILD, "sdk/cpp/examples/example-file-publisher"))


def run(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True)


def probe(path):
    out = json.loads(run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path).stdout)
    streams = {s["codec_type"]: s for s in out["streams"]}
    return streams, float(out["format"]["duration"])


def loudness(path, start, length):
    """Mean volume in dB."""
    out = subprocess.run(["ffmpeg", "-v", "info", "-ss", str(start), "-t", str(length), "-i", path, "-map", "0:a", "-af",
                          "volumedetect", "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    return float(re.search(r"mean_volume: (-?[\d.]+) dB", out).group(1))


def brightness(path, at):
    """Least and greatest luma of the picture at a time: a flat picture has them near each other."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-ss", str(at), "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt",
                          "gray", "-"], capture_output=True, check=True).stdout
    return min(raw), max(raw)


class Recording(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="parley-film-")
        cls.film = os.path.join(cls.folder.name, "film.mp4")
        run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15", "-f", "lavfi", "-i",
            "sine=frequency=440:sample_rate=48000", "-t", "20", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac",
            "-ac", "2", cls.film)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.server = Server("--log-level", "debug")
        self.room = self.server.make_room()
        self.publishers = []

    def tearDown(self):
        for publisher in self.publishers:
            if publisher.poll() is None:
                publisher.kill()
            publisher.wait()
        self.server.close()

    def publish(self, name="ann"):
        publisher = subprocess.Popen([PUBLISHER, "--server", f"http://127.0.0.1:{self.server.port}", "--token", sign_token(),
                                      "--room", self.room, "--name", name, "--loop", "yes", self.film],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.publishers.append(publisher)
        eventually("the publisher to be in the room", lambda: self.server.api(
            "GET", f"/v2/sessions?roomId={self.room}&status=ongoing").json["data"])

    def api(self, method, path, status=200, **body):
        response = self.server.api(method, path, {"roomId": self.room, **body} if method == "POST" else None)
        self.assertEqual(response.status, status, response.data)
        return response.json

    def until(self, recording, status, timeout=2 * PATIENCE):
        def check():
            answer = self.api("GET", f"/v2/recordings/{recording}")
            self.assertNotEqual(answer["status"], "RECORDING_FAILED", answer["error"])
            return answer if answer["status"] == status else None
        return eventually(f"the recording to be {status}", check, timeout)

    def start(self, **body):
        called = time.time()
        recording = self.api("POST", "/v2/recordings/start", **body)["id"]
        self.until(recording, "RECORDING_STARTED")
        print(f"\n  from the call to the first picture: {time.time() - called:.2f} s", end="", flush=True)
        return recording

    def began(self, recording):
        """When its first picture was taken, by the wall clock."""
        text = self.api("GET", f"/v2/recordings/{recording}")["start"]
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    def path_of(self, recording, file):
        return os.path.join(self.server.data_dir, "files", recording, file)

    def worker_pid(self):
        """The server's only child."""
        out = subprocess.run(["pgrep", "-P", str(self.server.process.pid)], capture_output=True, text=True).stdout.split()
        return int(out[0]) if len(out) == 1 else None

    def end(self, recording):
        self.api("POST", "/v2/recordings/end")
        return self.until(recording, "RECORDING_STOPPED")

    def check_content(self, path, duration):
        streams, seconds = probe(path)
        self.assertEqual((streams["video"]["codec_name"], streams["audio"]["codec_name"]), ("h264", "aac"))
        self.assertEqual((streams["video"]["width"], streams["video"]["height"]), (1280, 720))
        low, high = brightness(path, seconds / 2)
        self.assertGreater(high - low, 100, "a picture of colours")
        self.assertGreater(loudness(path, seconds / 2 - 1, 2), -40, "a tone is heard")
        self.assertAlmostEqual(seconds, duration, delta=max(1.5, duration * 0.1))
        return seconds

    def test_a_room_with_picture_and_sound(self):
        self.publish()
        recording = self.start()
        began = self.began(recording)
        time.sleep(6)  # this is what is recorded
        recorded = time.time() - began
        done = self.end(recording)
        file = done["file"]
        path = self.path_of(recording, file["filePath"].split("/", 1)[1])
        seconds = self.check_content(path, recorded)
        self.assertAlmostEqual(file["meta"]["duration"], seconds, delta=0.2)
        self.assertEqual(file["size"], os.path.getsize(path))
        self.assertEqual(file["meta"]["resolution"], {"width": 1280, "height": 720})
        fetched = self.server.request("GET", file["fileUrl"].split(f":{self.server.port}", 1)[1])
        with open(path, "rb") as here:
            self.assertEqual(fetched.data, here.read())
        session = self.server.api("GET", f"/v2/sessions?roomId={self.room}").json["data"][0]
        self.assertEqual(len(session["participants"]), 1, "the recorder is no participant")

    def test_a_killed_worker_costs_a_moment(self):
        self.publish()
        recording = self.start()
        began = self.began(recording)
        time.sleep(4)
        killed = eventually("the worker", self.worker_pid)
        os.kill(killed, signal.SIGKILL)
        eventually("another worker", lambda: self.worker_pid() not in (None, killed))
        time.sleep(6)
        recorded = time.time() - began
        done = self.end(recording)
        self.assertEqual(done["restarts"], 1)
        path = self.path_of(recording, done["file"]["filePath"].split("/", 1)[1])
        streams, seconds = probe(path)
        print(f"\n  a killed worker cost {recorded - seconds:.2f} s of {recorded:.2f} s, its restart included", end="", flush=True)
        self.assertGreater(seconds, 6, "both parts are in the file")
        self.assertEqual(streams["video"]["codec_name"], "h264")
        self.assertGreater(loudness(path, seconds - 2, 1.5), -40, "the second part has sound")

    def test_a_killed_server_costs_a_moment(self):
        self.publish()
        recording = self.start()
        began = self.began(recording)
        time.sleep(5)
        worker = eventually("the worker", self.worker_pid)
        self.server.kill()
        killed = time.time()
        eventually("the worker to notice", lambda: not os.path.exists(f"/proc/{worker}"))
        _, first = probe(self.path_of(recording, "part-1.mp4"))
        print(f"\n  a killed server cost {killed - began - first:.2f} s of what had been recorded", end="", flush=True)
        self.assertLess(killed - began - first, 3)
        for publisher in self.publishers:
            publisher.kill()
        self.server.start()
        self.assertEqual(self.api("GET", f"/v2/recordings/{recording}")["status"], "RECORDING_STARTED")
        self.publish("ann-again")
        eventually("the recording to go on", lambda: os.path.exists(self.path_of(recording, "part-2.mp4")))
        time.sleep(5)
        done = self.end(recording)
        _, seconds = probe(self.path_of(recording, done["file"]["filePath"].split("/", 1)[1]))
        self.assertGreater(seconds, first + 2, "the same recording has what came before and after")


if __name__ == "__main__":
    unittest.main()
