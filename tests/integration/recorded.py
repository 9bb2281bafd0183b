"""A room with a native participant that plays a film, recorded by the real worker."""

import datetime
import json
import os
import subprocess
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


class RecordedRoom(unittest.TestCase):
    def setUp(self):
        self.server = self.make_server()
        self.room = self.server.make_room()
        self.publishers = []

    def make_server(self):
        return Server("--log-level", "debug")

    def tearDown(self):
        for publisher in self.publishers:
            if publisher.poll() is None:
                publisher.kill()
            publisher.wait()
        self.server.close()

    def publish(self, film, name="ann", *options):
        publisher = subprocess.Popen([PUBLISHER, "--server", f"http://127.0.0.1:{self.server.port}", "--token", sign_token(),
                                      "--room", self.room, "--name", name, *options, film],
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
            if status != "RECORDING_FAILED":
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

    def file_of(self, done):
        """The file of a recording that is over."""
        return self.path_of(done["id"], done["file"]["filePath"].split("/", 1)[1])

    def worker_pid(self):
        """The server's only child."""
        out = subprocess.run(["pgrep", "-P", str(self.server.process.pid)], capture_output=True, text=True).stdout.split()
        return int(out[0]) if len(out) == 1 else None

    def end(self, recording):
        self.api("POST", "/v2/recordings/end")
        return self.until(recording, "RECORDING_STOPPED")
