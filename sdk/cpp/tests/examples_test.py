"""The SDK's example programs do what they say: files go into a room, come out of it as files, and are answered."""

import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import wave

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../tests/integration"))

from support import Server, eventually, sign_token  # noqa: E402

EXAMPLES = os.environ["PARLEY_EXAMPLES"]


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *args], check=True)


def tone(samples, hertz, rate=48000):
    """The share of `hertz` in the power of these samples (Goertzel)."""
    c = 2 * math.cos(2 * math.pi * hertz / rate)
    s1 = s2 = energy = 0.0
    for x in samples:
        s1, s2 = x + c * s1 - s2, s1
        energy += x * x
    return 0 if energy < 1 else 2 * (s1 * s1 + s2 * s2 - c * s1 * s2) / (energy * len(samples))


def samples_of(path):
    with wave.open(path) as file:
        data = file.readframes(file.getnframes())
    return struct.unpack(f"<{len(data) // 2}h", data)[::2]


def has_tone(path, hertz):
    """In some stretch of 200 ms."""
    samples = samples_of(path)
    size = 9600
    return any(tone(samples[at:at + size], hertz) > 0.7 for at in range(0, len(samples) - size, size))


def colour(path):
    """Mean RGB of a picture in the middle of a video file."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vf", "select=gte(n\\,15),scale=16:16", "-frames:v", "1",
                          "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    pixels = [raw[i:i + 3] for i in range(0, len(raw), 3)]
    return [sum(p[c] for p in pixels) // len(pixels) for c in range(3)]


class Examples(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.folder = tempfile.mkdtemp(prefix="parley-examples-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.room = self.server.make_room()

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, *args, **more):
        command = [os.path.join(EXAMPLES, "example-" + name), "--server", f"http://127.0.0.1:{self.server.port}",
                   "--token", sign_token(), "--room", self.room, *args]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **more)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()

    def record(self, seconds):
        recorder = self.start("room-recorder", "--folder", self.folder, "--id", "rec", "--seconds", str(seconds))
        self.assertIn("recording", recorder.stdout.readline())
        return recorder

    def end_meeting(self, recorder):
        """After which the recorder closes its files."""
        self.assertEqual(self.server.api("POST", "/v2/sessions/end", {"roomId": self.room}).status, 200)
        self.assertEqual(recorder.wait(60), 0)

    def files(self, start, ending):
        return [self.path(f) for f in os.listdir(self.folder) if f.startswith(start) and f.endswith(ending)]

    def test_a_film_goes_in_and_comes_out(self):
        ffmpeg("-f", "lavfi", "-i", "color=red:size=640x360:rate=25", "-f", "lavfi", "-i", "sine=frequency=500",
               "-t", "6", "-c:v", "libx264", "-c:a", "aac", self.path("film.mp4"))
        recorder = self.record(60)
        player = self.start("file-publisher", self.path("film.mp4"), "--id", "player", "--codec", "h264")
        self.assertEqual(player.wait(60), 0)
        eventually("the files", lambda: self.files("player-video", ".h264") and self.files("player-audio", ".wav"))
        self.end_meeting(recorder)
        red, green, blue = colour(self.files("player-video", ".h264")[0])
        self.assertTrue(red > 200 and green < 60 and blue < 60, (red, green, blue))
        self.assertTrue(has_tone(self.files("player-audio", ".wav")[0], 500))

    def test_raw_files_and_the_echo(self):
        ffmpeg("-f", "lavfi", "-i", "color=blue:size=320x180:rate=15", "-t", "8", "-pix_fmt", "yuv420p",
               self.path("plain.y4m"))
        ffmpeg("-f", "lavfi", "-i", "sine=frequency=700", "-ar", "48000", "-t", "8", self.path("tone.wav"))
        echo = self.start("echo-bot", "--id", "echo", "--delay-ms", "500")
        recorder = self.record(60)
        player = self.start("file-publisher", self.path("plain.y4m"), self.path("tone.wav"), "--id", "player")
        self.assertEqual(player.wait(60), 0)
        eventually("the picture", lambda: self.files("player-video", ".ivf"))
        self.end_meeting(recorder)
        red, green, blue = colour(self.files("player-video", ".ivf")[0])
        self.assertTrue(red < 60 and green < 60 and blue > 200, (red, green, blue))
        self.assertTrue(any(has_tone(f, 700) for f in self.files("echo-audio", ".wav")))
        self.assertEqual(echo.wait(60), 0)

    @unittest.skipUnless(shutil.which("Xvfb") and os.path.exists(os.path.join(EXAMPLES, "example-window")),
                         "needs Xvfb and SDL2")
    def test_a_window(self):
        ffmpeg("-f", "lavfi", "-i", "color=green:size=320x180:rate=15", "-t", "2", "-pix_fmt", "yuv420p",
               self.path("plain.y4m"))
        self.start("file-publisher", self.path("plain.y4m"), "--id", "player", "--loop", "yes")
        display = f":{os.getpid() % 10000 + 100}"
        screen = subprocess.Popen(["Xvfb", display, "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (screen.kill(), screen.wait()))
        eventually("the display", lambda: os.path.exists(f"/tmp/.X11-unix/X{display[1:]}"))
        # Drawn without OpenGL: Mesa's driver is unloaded before leaks are looked for, so that its own cannot be told apart.
        window = self.start("window", "--id", "window", "--frames", "20",
                            env={**os.environ, "DISPLAY": display, "SDL_AUDIODRIVER": "dummy", "SDL_RENDER_DRIVER": "software",
                                 "SDL_FRAMEBUFFER_ACCELERATION": "0"})
        self.assertEqual(window.wait(90), 0)
        self.assertIn("drew 20 pictures", window.stdout.read())


if __name__ == "__main__":
    unittest.main()
