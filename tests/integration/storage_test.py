"""Files go into a real S3 server, while the uploader and the server are killed at random moments."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

from support import eventually, free_port
from s3.servers import ACCESS_KEY, READER_KEY, READER_SECRET, SECRET, Swift, s3_server

DRIVER = os.environ.get("STORAGE_DRIVER", "build/release/tests/integration/storage_driver")
WORKER = os.environ.get("PARLEY_WORKER", "build/release/parley-worker")
MIB = 1 << 20
KILLS = int(os.environ.get("KILLS", "10"))
# Names of storage::Failure.
BAD_CONFIG, LOCAL_FILE, UNREACHABLE, CREDENTIALS, DENIED, NO_BUCKET, NOT_FOUND, FULL, REFUSED = range(9)


class Upload:
    """A running storage_driver; `lines` grows as it speaks."""

    def __init__(self, task, command="upload"):
        self.lines = []
        self.process = subprocess.Popen([DRIVER, command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.close()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def bytes_done(self):
        return max((line.get("bytesDone", 0) for line in list(self.lines)), default=0)

    def end(self, status=0):
        self.process.wait(timeout=150)
        self.reader.join()
        errors = self.process.stderr.read()
        self.process.stderr.close()
        self.process.stdout.close()
        for secret in (SECRET, READER_SECRET, "Signature="):
            assert secret not in errors + json.dumps([line for line in self.lines if "link" not in line])
        assert self.process.returncode == status, (self.process.returncode, self.lines[-3:], errors)
        return self.lines[-1] if self.lines else None


class Storage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = s3_server()
        cls.random = random.Random(20260101)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="parley-upload-")
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, size):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        content = self.random.randbytes(size)
        with open(path, "wb") as out:
            out.write(content)
        return content

    def task(self, files, prefix, **more):
        bucket = {"endpoint": self.server.endpoint, "name": "meetings", "region": "us-east-1",
                  "accessKey": ACCESS_KEY, "secretKey": SECRET}
        bucket.update(more.pop("bucket", {}))
        return {"folder": self.folder, "files": files, "prefix": prefix, "bucket": bucket, **more}

    def link(self, name, seconds, **more):
        return Upload(self.task([], "", object=name, seconds=seconds, **more), "link").end()["link"]

    def fetch(self, link, headers=None):
        try:
            with urllib.request.urlopen(urllib.request.Request(link, headers=headers or {}), timeout=60) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.headers, refusal.read()

    def assert_stored(self, name, content):
        link = self.link(name, 600)

        def answer():  # a server that has just started may ask for another try
            status, _, stored = self.fetch(link)
            return None if status in (500, 503) else (status, stored)
        status, stored = eventually(f"an answer about {name}", answer)
        self.assertEqual(status, 200)
        self.assertEqual(hashlib.sha256(stored).hexdigest(), hashlib.sha256(content).hexdigest())

    def test_small_and_large_files_with_all_kinds_of_names(self):
        contents = {name: self.write(name, size) for name, size in [
            ("recording.mp4", 20 * MIB + 77), ("hls/segment 1+1.ts", 300_000), ("Grüße & mehr/(übung)~=.m3u8", 200),
            ("empty.json", 0)]}
        done = Upload(self.task(list(contents), "a/b c/")).end()
        self.assertEqual(done["objects"], ["a/b c/" + name for name in contents])
        for name, content in contents.items():
            self.assert_stored("a/b c/" + name, content)
        _, headers, _ = self.fetch(self.link("a/b c/recording.mp4", 60))
        self.assertEqual(headers["content-type"], "video/mp4")

    def test_links_give_ranges_and_end(self):
        content = self.write("clip.mp4", 100_000)
        Upload(self.task(["clip.mp4"], "links/")).end()
        link = self.link("links/clip.mp4", 600, downloadAs="My clip.mp4")
        status, headers, part = self.fetch(link, {"Range": "bytes=1000-1999"})
        self.assertEqual((status, part), (206, content[1000:2000]))
        self.assertIn("My%20clip.mp4", headers["content-disposition"])
        self.assertEqual(self.fetch(link.replace("clip.mp4?", "other.mp4?"))[0], 403)
        self.assertEqual(self.fetch(link[:-4] + ("0000" if link[-4:] != "0000" else "1111"))[0], 403)
        short = self.link("links/clip.mp4", 1)
        eventually("the link expires", lambda: self.fetch(short)[0] == 403)

    def test_an_uploader_killed_at_random_goes_on_where_it_was(self):
        content = self.write("recording.mp4", 24 * MIB + 5)
        for n in range(KILLS):
            prefix = f"killed-{n}/"
            state = os.path.join(self.folder, ".upload.json")
            if os.path.exists(state):
                os.remove(state)
            task = self.task(["recording.mp4"], prefix)
            first = Upload(task)
            kill_at = self.random.randrange(0, 24 * MIB)
            eventually("some parts are up", lambda: first.bytes_done() >= kill_at or first.process.poll() is not None)
            first.process.kill()
            first.end(first.process.wait())
            confirmed = first.bytes_done()
            second = Upload(task)
            second.end()
            start = next(line["bytesDone"] for line in second.lines if "bytesDone" in line and line["bytesDone"] > 0)
            print(f"uploader killed with {confirmed / MIB:.1f} MiB confirmed; the next went on at {start / MIB:.1f} MiB")
            self.assertGreaterEqual(start, confirmed)
            self.assert_stored(prefix + "recording.mp4", content)

    def test_a_server_killed_at_random_is_waited_for(self):
        content = self.write("recording.mp4", 24 * MIB + 9)
        for n in range(KILLS):
            upload = Upload(self.task(["recording.mp4"], f"server-killed-{n}/", tries=60))
            kill_at = self.random.randrange(1, 20 * MIB)
            eventually("some parts are up", lambda: upload.bytes_done() >= kill_at)
            confirmed = upload.bytes_done()
            self.server.kill()
            self.server.start()
            upload.end()
            os.remove(os.path.join(self.folder, ".upload.json"))
            self.assert_stored(f"server-killed-{n}/recording.mp4", content)
            print(f"S3 killed with {confirmed / MIB:.1f} MiB confirmed; lost of {len(content) / MIB:.1f} MiB: nothing")

    def test_refusals_in_words(self):
        self.write("a.mp4", 1000)
        self.write("big.mp4", 9 * MIB)
        for name in ("a.mp4", "big.mp4"):
            for bucket, failure, words in [
                    ({"secretKey": "wrong"}, CREDENTIALS, "does not accept the access key and secret"),
                    ({"accessKey": "nobody"}, CREDENTIALS, "does not accept the access key and secret"),
                    ({"accessKey": READER_KEY, "secretKey": READER_SECRET}, DENIED, "does not allow this"),
                    ({"name": "no-such-bucket"}, NO_BUCKET, "the bucket does not exist"),
                    ({"endpoint": f"http://127.0.0.1:{free_port()}"}, UNREACHABLE, "cannot be reached"),
                    ({"endpoint": "s3.example"}, BAD_CONFIG, "endpoint must begin with"),
                    ({"endpoint": self.server.endpoint.replace("http:", "https:")}, UNREACHABLE, "cannot be reached")]:
                with self.subTest(bucket=bucket, file=name):
                    said = Upload(self.task([name], "x/", bucket=bucket, tries=2)).end(1)
                    self.assertEqual(said["failed"], failure, said)
                    self.assertIn(words, said["message"])

    def test_a_full_server_is_told_of_and_nothing_is_lost(self):
        content = self.write("big.mp4", 40 * MIB)
        server = Swift()
        self.addCleanup(server.close)
        server.limit(20)
        task = self.task(["big.mp4"], "", bucket={"endpoint": server.endpoint}, tries=2)
        upload = Upload(task)
        said = upload.end(1)
        self.assertIn("uploading big.mp4: the storage server refused", said["message"])
        self.assertEqual(upload.bytes_done(), 16 * MIB)
        with open(self.folder + "/big.mp4", "rb") as file:
            self.assertEqual(file.read(), content)
        # When there is room, it goes on where it was.
        server.limit(100)
        upload = Upload(task)
        upload.end()
        self.assertEqual(next(line["bytesDone"] for line in upload.lines if line.get("bytesDone")), 16 * MIB)

    def run_task(self, **task):
        """What the server does: one line in, facts out."""
        line = json.dumps({"id": "egress-1", "folder": self.folder, **task}) + "\n"
        done = subprocess.run([WORKER, "task"], input=line, capture_output=True, text=True, timeout=120)
        assert SECRET not in done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def test_the_workers_tasks(self):
        contents = {"recording.mp4": self.write("recording.mp4", 9 * MIB), "thumbnails/1.jpg": self.write("thumbnails/1.jpg", 900),
                    "index.m3u8": self.write("index.m3u8", 90)}
        self.write(".hidden", 10)
        bucket = {"endpoint": self.server.endpoint, "name": "meetings", "region": "us-east-1", "accessKey": ACCESS_KEY,
                  "secretKey": SECRET}
        self.assertEqual(self.run_task(task="upload", bucket=bucket, prefix="task/")["fact"], "finished")
        for name, content in contents.items():
            self.assert_stored("task/" + name, content)
        self.assertEqual(self.server.objects("task/"), sorted("task/" + name for name in contents), "and no other")
        Upload(self.task(["index.m3u8"], "task2/")).end()
        self.assertEqual(self.run_task(task="erase", bucket=bucket, prefix="task/")["fact"], "finished")
        self.assertEqual(self.server.objects("task/"), [])
        self.assertEqual(self.server.objects("task2/"), ["task2/index.m3u8"])
        for task in ("upload", "erase"):
            fact = self.run_task(task=task, bucket={**bucket, "name": "no-such-bucket"}, prefix="task/")
            self.assertEqual((fact["fact"], fact["code"]), ("failed", "storage"), fact)
            self.assertIn("the bucket does not exist", fact["message"])

    def test_the_right_secret_later_goes_on(self):
        content = self.write("recording.mp4", 17 * MIB)
        Upload(self.task(["recording.mp4"], "later/", bucket={"secretKey": "wrong"})).end(1)
        Upload(self.task(["recording.mp4"], "later/")).end()
        self.assert_stored("later/recording.mp4", content)

    def test_over_tls_with_a_certificate_of_its_own(self):
        content = self.write("recording.mp4", 9 * MIB)
        bucket = {"endpoint": self.server.tls_endpoint}
        said = Upload(self.task(["recording.mp4"], "tls/", bucket=bucket, tries=1)).end(1)
        self.assertIn("certificate", said["message"])
        Upload(self.task(["recording.mp4"], "tls/", bucket=bucket, caFile=self.server.certificate)).end()
        self.assert_stored("tls/recording.mp4", content)

    def test_what_went_up_can_be_taken_back(self):
        self.write("a.mp4", 1000)
        self.write("big.mp4", 30 * MIB)
        task = self.task(["a.mp4", "big.mp4"], "gone/")
        upload = Upload(task)
        eventually("a part of the large file is up", lambda: upload.bytes_done() > 8 * MIB)
        upload.process.send_signal(signal.SIGKILL)
        upload.end(-signal.SIGKILL)
        Upload(task, "remove").end()
        self.assertEqual(self.fetch(self.link("gone/a.mp4", 60))[0], 404)
        self.assertNotIn(b"<Upload>", self.server.admin("GET", "/meetings?uploads="))


if __name__ == "__main__":
    unittest.main()
