"""The whole way of recordings and HLS into a bucket and back: the real server and worker, a native participant that plays a
film, and a real S3 server that is killed in between. What links give is played by ffmpeg."""

import os
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from recorded import RecordedRoom, probe, run
from s3.servers import ACCESS_KEY, BUCKET, SECRET, Swift
from support import PATIENCE, Server, eventually

# An uploader that is tried again after growing pauses.
LONG = 3 * PATIENCE


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def fetch(url, follow=True, **headers):
    opener = urllib.request.build_opener() if follow else urllib.request.build_opener(NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read()


def played(url):
    """Seconds of picture and of sound that ffmpeg gets by decoding all behind a URL."""
    seconds = []
    for stream in ("v:0", "a:0"):
        out = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", url, "-map", "0:" + stream, "-f", "null", "-progress",
                              "pipe:1", "-"], capture_output=True, text=True)
        assert out.returncode == 0, (url, out.stderr[-1000:])
        seconds.append(max(int(line.split("=")[1]) for line in out.stdout.splitlines()
                           if line.startswith("out_time_us=") and "N/A" not in line) / 1e6)
    return seconds


class InBucket(RecordedRoom):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="parley-film-")
        cls.film = os.path.join(cls.folder.name, "film.mp4")
        run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15", "-f", "lavfi", "-i",
            "sine=frequency=440:sample_rate=48000", "-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac",
            "-ac", "2", cls.film)
        with open(os.path.join(cls.folder.name, "index.html"), "w", encoding="utf-8") as page:
            page.write("<!doctype html><title>A page</title>")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.s3 = Swift()
        self.addCleanup(self.s3.close)
        self.publishers = []
        self.server = Server("--s3-endpoint", self.s3.endpoint, "--s3-bucket", BUCKET, "--s3-access-key", ACCESS_KEY,
                             "--s3-prefix", "meetings", "--web-root", self.folder.name,
                             environment={"PARLEY_S3_SECRET_KEY": SECRET})
        self.room = self.server.make_room()
        self.publish(self.film, "ann", "--loop", "yes")

    def tearDown(self):
        super().tearDown()
        self.assertNotIn(SECRET, self.server.log)
        self.assertNotIn("X-Amz-Signature", self.server.log)

    def unpublish(self):
        for publisher in self.publishers:
            publisher.kill()

    def has(self, path, timeout=LONG, **wanted):
        """What REST says of it, once these fields are so."""
        def check():
            answer = self.api("GET", path)
            self.assertFalse(answer["status"].endswith("FAILED"), answer["error"])
            return answer if all(answer[name] == value for name, value in wanted.items()) else None
        return eventually(f"{path} to have {wanted}", check, timeout)

    def record(self, seconds=4):
        """The path of one that has that much, still running."""
        path = "/v2/recordings/" + self.api("POST", "/v2/recordings/start")["id"]
        self.has(path, status="RECORDING_STARTED")
        time.sleep(seconds)  # this is what is recorded
        return path

    def here(self, path):
        """What of it is on the server's disk."""
        folder = os.path.join(self.server.data_dir, "files", path.rsplit("/", 1)[1])
        return sorted(os.listdir(folder)) if os.path.exists(folder) else []

    def refused_by_s3(self, link):
        status, _, body = fetch(link)
        return status == 403 and b"<Error>" in body

    def test_a_recording_plays_from_the_bucket(self):
        path = self.record()
        self.api("POST", "/v2/recordings/end")
        recording = self.has(path, storage="bucket")
        self.assertEqual(recording["status"], "RECORDING_STOPPED")
        self.assertIsNone(recording["storageError"])
        name = f"meetings/{recording['id']}/recording.mp4"
        self.assertEqual(self.s3.objects(), [name], "that, and nothing of how it got there")
        eventually("the local files to be gone", lambda: not self.here(path))
        url, size = recording["file"]["fileUrl"], recording["file"]["size"]
        status, headers, _ = fetch(url, follow=False, Range="bytes=1000-1999")
        self.assertEqual((status, headers["Cache-Control"]), (302, "no-store"))
        link = headers["Location"]
        self.assertTrue(link.startswith(f"{self.s3.endpoint}/{BUCKET}/{name}?"), link)
        whole = fetch(link)[2]
        self.assertEqual(len(whole), size)
        status, headers, part = fetch(url, Range="bytes=1000-1999")
        self.assertEqual((status, headers["Content-Range"], part), (206, f"bytes 1000-1999/{size}", whole[1000:2000]))
        self.assertIn("attachment", fetch(url + "&download=1")[1]["Content-Disposition"])
        self.assertTrue(self.refused_by_s3(link.replace("recording.mp4", "another.mp4")))
        self.assertTrue(self.refused_by_s3(link[:-4] + ("0000" if link[-4:] != "0000" else "1111")))
        with tempfile.NamedTemporaryFile(suffix=".mp4") as copy:
            copy.write(whole)
            copy.flush()
            streams, seconds = probe(copy.name)
        self.assertEqual((streams["video"]["codec_name"], streams["audio"]["codec_name"]), ("h264", "aac"))
        self.assertAlmostEqual(seconds, recording["file"]["meta"]["duration"], delta=0.2)
        for stream in played(url):
            self.assertAlmostEqual(stream, seconds, delta=0.5)
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        self.assertEqual(self.server.api("GET", path).status, 404)
        eventually("the object to be gone", lambda: not self.s3.objects())
        self.assertEqual(fetch(url)[0], 404)

    def test_without_the_bucket_nothing_is_lost(self):
        path = self.record()
        self.s3.kill()
        self.api("POST", "/v2/recordings/end")
        waiting = eventually("the upload to have failed", lambda: (lambda r: r["storageError"] and r)(self.api("GET", path)),
                             LONG)
        self.assertEqual((waiting["status"], waiting["storage"]), ("RECORDING_STOPPED", "uploading"))
        self.assertIn("the storage server cannot be reached", waiting["storageError"])
        status, _, content = fetch(waiting["file"]["fileUrl"], follow=False)
        self.assertEqual((status, len(content)), (200, waiting["file"]["size"]), "it plays from here meanwhile")
        self.unpublish()
        self.server.kill()
        self.server.start()
        self.assertEqual(self.api("GET", path)["storage"], "uploading")
        self.assertIn("recording.mp4", self.here(path))
        self.s3.start()
        there = self.has(path, storage="bucket")
        self.assertIsNone(there["storageError"])
        self.assertEqual(fetch(there["file"]["fileUrl"])[2], content)

    def test_what_is_deleted_without_the_bucket_goes_when_it_is_back(self):
        path = self.record(1)
        self.api("POST", "/v2/recordings/end")
        self.has(path, storage="bucket")
        self.s3.kill()
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        self.assertEqual(self.server.api("GET", path).status, 404)
        self.assertEqual(self.api("GET", f"/v2/recordings?roomId={self.room}")["data"], [])
        self.unpublish()
        self.server.kill()
        self.server.start()
        self.s3.start()
        eventually("the object to be gone", lambda: not self.s3.objects(), LONG)
        eventually("no removal to be left", lambda: b"parley_removals 0" in self.server.request("GET", "/metrics").data)
        self.assertEqual(self.server.api("GET", path).status, 404)

    def test_an_hls_stream_plays_from_the_bucket(self):
        stream = self.api("POST", "/v2/hls/start")
        path = "/v2/hls/" + stream["id"]
        self.has(path, status="HLS_PLAYABLE")
        time.sleep(6)  # some segments more
        self.api("POST", "/v2/hls/end")
        over = self.has(path, storage="bucket")
        eventually("only playlists to be here", lambda: self.here(path) == ["index.m3u8", "live.m3u8"])
        status, _, playlist = fetch(over["playbackHlsUrl"], follow=False)
        self.assertEqual(status, 200, "a playlist of another origin would name what is not there")
        segments = [line for line in playlist.decode().splitlines() if line and not line.startswith("#")]
        self.assertGreaterEqual(len(segments), 3)
        base = over["playbackHlsUrl"].rsplit("/", 1)[0]
        for segment in segments:
            status, headers, _ = fetch(f"{base}/{segment}", follow=False)
            self.assertEqual(status, 302)
            self.assertTrue(headers["Location"].startswith(self.s3.endpoint))
        self.assertEqual({f"meetings/{over['id']}/{segment}" for segment in segments} - set(self.s3.objects()), set())
        for seconds in played(over["playbackHlsUrl"]):
            self.assertAlmostEqual(seconds, over["duration"], delta=2.5)
        self.s3.kill()
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        eventually("the playlist to be gone", lambda: fetch(over["playbackHlsUrl"])[0] == 404)
        self.assertEqual(fetch(f"{base}/{segments[0]}", follow=False)[0], 404, "nobody is led to a bucket any more")
        self.s3.start()
        eventually("all of it to be gone", lambda: not self.s3.objects(), LONG)

    def test_a_participants_playlist_plays_by_one_link(self):
        self.s3.kill()  # at first it plays from here
        session = self.api("GET", f"/v2/sessions?roomId={self.room}")["data"][0]
        ann = session["participants"][0]["participantId"]
        started = self.api("POST", "/v2/recordings/participant/start", participantId=ann, fileFormat="m3u8")
        path = "/v2/recordings/participant/" + started["id"]
        self.has(path, status="RECORDING_STARTED")
        time.sleep(5)  # this is what is recorded
        self.api("POST", "/v2/recordings/participant/stop", participantId=ann)
        file = self.has(path, status="RECORDING_STOPPED")["files"][0]
        url = file["fileUrl"]
        for seconds in played(url):
            self.assertAlmostEqual(seconds, file["meta"]["duration"], delta=0.5)
        self.s3.start()
        self.has(path, storage="bucket")
        eventually("only playlists to be here", lambda: self.here(path) == ["index.m3u8", "live.m3u8"])
        for seconds in played(url):
            self.assertAlmostEqual(seconds, file["meta"]["duration"], delta=0.5)
        self.assertIn("attachment", fetch(url + "&download=1")[1]["Content-Disposition"])
        signature = url.rsplit("~", 1)[1].split("/")[0]
        self.assertEqual(fetch(url.replace(signature, "A" * len(signature)))[0], 403)
        self.assertEqual(fetch(url.replace(started["id"], "0" * len(started["id"])))[0], 403, "of another recording")
        self.assertEqual(fetch(url.replace("index.m3u8", "../../parley.db"))[0], 404)

    def test_pages_may_play_from_the_bucket_and_nowhere_else(self):
        policy = dict(part.strip().split(" ", 1) for part in
                      fetch(f"http://127.0.0.1:{self.server.port}/")[1]["Content-Security-Policy"].split(";"))
        self.assertEqual(policy["media-src"], f"'self' blob: mediastream: {self.s3.endpoint}")
        self.assertEqual(policy["connect-src"], f"'self' ws: wss: {self.s3.endpoint}")
        self.assertNotIn(self.s3.endpoint, policy["script-src"] + policy["default-src"])


if __name__ == "__main__":
    unittest.main()
