"""Recordings by the real worker of real media: a native participant plays a film into a room, and what is on disk in the end
is looked into with ffprobe and ffmpeg. What each kill costs is measured and printed."""

import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from recorded import RecordedRoom, probe, run
from support import eventually


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


class Recording(RecordedRoom):
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

    def publish(self, name="ann"):
        super().publish(self.film, name, "--loop", "yes")

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
        path = self.file_of(done)
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
        path = self.file_of(done)
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
        _, seconds = probe(self.file_of(done))
        self.assertGreater(seconds, first + 2, "the same recording has what came before and after")


if __name__ == "__main__":
    unittest.main()
