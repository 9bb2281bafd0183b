"""Recordings of participants who send VP9 and AV1: composed they stand side by side in their colours, and as tracks they are
copied into files that play."""

import os
import subprocess
import tempfile
import time
import unittest

from recorded import RecordedRoom, probe, run
from support import eventually

# What each film shows, and how it is encoded. A key picture each half second: what is copied begins at one.
FILMS = {
    "vp9": ((200, 100, 40), "bt709", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"]),
    "av1": ((40, 90, 200), "bt709", ["-c:v", "libsvtav1", "-preset", "11"]),
}
NEAR = 10  # in each of red, green and blue: two encoders round


def colours(path, seconds):
    """The mean colour of the middle of the left and of the right half."""
    out = []
    for x in ("iw/8", "iw*5/8"):
        raw = subprocess.run(["ffmpeg", "-v", "error", "-ss", str(seconds), "-i", path, "-frames:v", "1", "-vf",
                              f"crop=iw/4:ih/8:{x}:ih*7/16,scale=16:16:in_color_matrix=bt709", "-f", "rawvideo", "-pix_fmt",
                              "rgb24", "-"], capture_output=True, check=True).stdout
        out.append(tuple(sum(raw[c::3]) / 256 for c in range(3)))
    return out


def near(one, other):
    return all(abs(a - b) <= NEAR for a, b in zip(one, other))


class Codecs(RecordedRoom):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="parley-codecs-")
        for codec, (rgb, matrix, encoder) in FILMS.items():
            run("ffmpeg", "-v", "fatal", "-f", "lavfi", "-i", "color=0x%02x%02x%02x:size=320x180:rate=30" % rgb, "-t", "4",
                "-vf", f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p", "-colorspace", matrix,
                "-color_primaries", matrix, "-color_trc", matrix, *encoder, "-b:v", "300k", "-g", "15", cls.film(codec))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def film(cls, codec):
        return os.path.join(cls.folder.name, f"{codec}.webm")

    def start_track(self, codec, file_format):
        answer = self.api("POST", "/v2/recordings/participant/track/start", participantId=codec, kind="video",
                          fileFormat=file_format)
        return answer["id"]

    def track(self, recording, status):
        def check():
            answer = self.api("GET", f"/v2/recordings/participant/track/{recording}")
            self.assertNotEqual(answer["status"], "RECORDING_FAILED", answer)
            return answer if answer["status"] == status else None
        return eventually(f"the track's recording to be {status}", check)

    def check_track(self, codec, done, wanted):
        file = done["files"][0]
        path = self.file_of({**done, "file": file})
        self.assertTrue(path.endswith("." + wanted), path)
        streams, seconds = probe(path)
        self.assertEqual(streams["video"]["codec_name"], codec)
        self.assertEqual((streams["video"]["width"], streams["video"]["height"]), (320, 180))
        played = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5",
                                 "-"], capture_output=True, text=True, check=True)
        self.assertEqual(played.stderr, "")
        frames = [line for line in played.stdout.splitlines() if not line.startswith("#")]
        # 30 pictures a second, none lost, and the file tells how long it is.
        self.assertGreater(seconds, 1)
        self.assertAlmostEqual(len(frames) / 30, seconds, delta=max(0.02 * seconds, 0.07))
        self.assertAlmostEqual(file["meta"]["duration"], seconds, delta=0.1)
        for seen in colours(path, 1):
            self.assertTrue(near(seen, FILMS[codec][0]), (codec, wanted, seen))

    def test_vp9_and_av1_are_composed_and_copied(self):
        for codec in FILMS:
            self.publish(self.film(codec), codec, "--id", codec, "--copy", "yes", "--loop", "yes")
        whole = self.start()
        for formats in (("webm", "mp4"), ("mp4", "webm")):
            tracks = [(codec, form, self.start_track(codec, form)) for codec, form in zip(FILMS, formats)]
            for _, _, recording in tracks:
                self.track(recording, "RECORDING_STARTED")
            time.sleep(1.7)  # this is what is recorded
            for codec in FILMS:
                self.api("POST", "/v2/recordings/participant/track/stop", participantId=codec, kind="video")
            for codec, form, recording in tracks:
                with self.subTest(codec=codec, format=form):
                    self.check_track(codec, self.track(recording, "RECORDING_STOPPED"), form)
        path = self.file_of(self.end(whole))
        streams, seconds = probe(path)
        self.assertEqual(streams["video"]["codec_name"], "h264")
        seen, wanted = colours(path, seconds - 1), [rgb for rgb, _, _ in FILMS.values()]
        self.assertTrue(any(near(seen[0], wanted[i]) and near(seen[1], wanted[1 - i]) for i in (0, 1)), (seen, wanted))


if __name__ == "__main__":
    unittest.main()
