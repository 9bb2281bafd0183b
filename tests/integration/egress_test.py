"""Recordings, livestreams and HLS: REST, signalling, webhooks, files and the supervision of workers, with a double in the
place of the worker (what real workers write is tested in recording_test.py and in browsers)."""

import json
import os
import signal
import tempfile
import unittest

from support import (PATIENCE, Server, client_message, decode, eventually, field, join_message, sign_token, text)

DOUBLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker_double.py")
KEY = "live_1234-s3cret"


def start_egress(kind, options=None, request=50):
    body = (field(1, kind) if kind else b"") + (field(2, json.dumps(options)) if options is not None else b"")
    return client_message(21, body, request)


def stop_egress(kind, request=51):
    return client_message(22, field(1, kind) if kind else b"", request)


def update_egress(kind, options, request=52):
    return client_message(23, (field(1, kind) if kind else b"") + field(3, json.dumps(options)), request)


class Fixture(unittest.TestCase):
    OPTIONS = ()
    MODE = ""

    def setUp(self):
        self.log_file = tempfile.NamedTemporaryFile(prefix="double-", suffix=".log")
        self.server = Server("--worker-binary", DOUBLE, "--allow-private-destinations", *self.OPTIONS,
                             environment={"DOUBLE_LOG": self.log_file.name, "DOUBLE_MODE": self.MODE})
        self.room = self.server.make_room()

    def tearDown(self):
        self.server.close()
        self.assertNotIn(KEY, self.server.log, "a stream key in the log")
        self.log_file.close()

    def lines(self):
        """[(pid, command), …] that doubles were told."""
        with open(self.log_file.name, encoding="utf-8") as file:
            pairs = [line.split(" ", 1) for line in file]
        return [(int(pid), json.loads(rest)) for pid, rest in pairs]

    def commands(self, name):
        return [line for _, line in self.lines() if line.get("command") == name]

    def command(self, name):
        """The first of this name: the worker writes it down when it has read it, which may be after REST's answer."""
        return eventually(f"the command {name}", lambda: self.commands(name))[0]

    def worker_pid(self):
        return [pid for pid, line in self.lines() if line.get("command") == "join"][-1]

    def post(self, path, status=200, **body):
        response = self.server.api("POST", path, {"roomId": self.room, **body})
        self.assertEqual(response.status, status, response.data)
        return response.json

    def get(self, path):
        response = self.server.api("GET", path)
        self.assertEqual(response.status, 200, response.data)
        return response.json

    def until(self, path, status):
        return eventually(f"{path} to be {status}", lambda: (lambda r: r if r["status"] == status else None)(self.get(path)))

    def record(self, **body):
        started = self.post("/v2/recordings/start", **body)
        self.until(f"/v2/recordings/{started['id']}", "RECORDING_STARTED")
        return started["id"]


class Recordings(Fixture):
    def test_from_start_to_file(self):
        ann = self.server.join(self.room, "ann")
        started = self.post("/v2/recordings/start", config={"quality": "high", "layout": {"type": "SIDEBAR"}})
        self.assertEqual(started["status"], "RECORDING_STARTING")
        path = f"/v2/recordings/{started['id']}"
        recording = self.until(path, "RECORDING_STARTED")
        self.assertIsNotNone(recording["start"])
        job = self.command("start")["egress"]
        self.assertEqual(job["config"]["quality"], "high")
        self.assertEqual(job["config"]["layout"]["type"], "SIDEBAR")
        join = self.command("join")
        self.assertEqual(join["signalUrl"], f"ws://127.0.0.1:{self.server.port}/v1/signal")
        self.post("/v2/recordings/pause")
        self.assertTrue(self.get(path)["paused"])
        self.post("/v2/recordings/resume")
        self.post("/v2/recordings/layout", config={"layout": {"type": "SPOTLIGHT"}})
        self.assertEqual(self.get(path)["config"]["layout"]["type"], "SPOTLIGHT")
        stopped = self.post("/v2/recordings/end")
        self.assertEqual(stopped["status"], "RECORDING_STOPPING")
        recording = self.until(path, "RECORDING_STOPPED")
        self.assertEqual(recording["file"]["meta"], {"resolution": {"width": 1280, "height": 720}, "format": "mp4",
                                                     "duration": 1.5})
        self.download(recording["file"])
        ann.cut()
        self.assertEqual(self.get(f"/v2/recordings?roomId={self.room}")["data"][0]["id"], started["id"])
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        self.assertEqual(self.server.api("GET", path).status, 404)
        self.assertEqual(self.fetch(recording["file"]["fileUrl"]).status, 404, "its files are gone too")
        self.assertFalse(os.path.exists(os.path.join(self.server.data_dir, "files", started["id"])))

    def fetch(self, url, method="GET", **headers):
        return self.server.request(method, url.split(f":{self.server.port}", 1)[1], headers=headers)

    def download(self, file):
        url = file["fileUrl"]
        whole = self.fetch(url)
        self.assertEqual(whole.status, 200)
        self.assertEqual(whole.data, b"part 1\n" * 1000)
        self.assertEqual(len(whole.data), file["size"])
        self.assertEqual(whole.headers["content-type"], "video/mp4")
        self.assertEqual(whole.headers["accept-ranges"], "bytes")
        part = self.fetch(url, Range="bytes=7-13")
        self.assertEqual((part.status, part.data, part.headers["content-range"]), (206, b"part 1\n", "bytes 7-13/7000"))
        self.assertEqual(self.fetch(url, Range="bytes=-7").data, b"part 1\n")
        self.assertEqual(self.fetch(url, Range="bytes=7000-").status, 416)
        fresh = self.fetch(url, Range="bytes=0-6", **{"If-Range": whole.headers["etag"]})
        self.assertEqual(fresh.status, 206)
        self.assertEqual(self.fetch(url, Range="bytes=0-6", **{"If-Range": '"other"'}).status, 200)
        head = self.fetch(url, "HEAD")
        self.assertEqual((head.status, head.headers["content-length"], head.data), (200, "7000", b""))
        attachment = self.fetch(url + "&download=1")
        self.assertEqual(attachment.headers["content-disposition"], 'attachment; filename="recording.mp4"')
        self.assertEqual(self.fetch(url[:-1] + ("A" if url[-1] != "A" else "B")).status, 403)
        self.assertEqual(self.fetch(url.split("?")[0]).status, 403)
        self.assertEqual(self.fetch(url.replace("recording.mp4", "..%2F..%2Fparley.db")).status, 404)
        self.assertEqual(self.fetch(url.replace("/files/", "/hls/")).status, 404, "a recording is no HLS stream")
        self.assertEqual(self.fetch(url, "POST").status, 405)

    def test_refusals_are_clear(self):
        def refused(status, words, path="/v2/recordings/start", **body):
            answer = self.post(path, status, **body)
            self.assertIn(words, answer["message"])
            return answer
        self.assertEqual(refused(404, "nobody is in it")["code"], 4011)
        ann = self.server.join(self.room, "ann")
        refused(404, "no room", roomId="none")
        refused(400, "config.quality must be one of", config={"quality": "huge"})
        refused(400, "config.layout.gridSize must be a whole number from 0 to 25", config={"layout": {"gridSize": 26}})
        refused(400, "fileFormat must be one of: mp4, webm", fileFormat="avi")
        refused(400, "templateUrl is not supported", templateUrl="https://x.example/")
        refused(400, "onFailure.waitTime must be", onFailure={"action": "close-room", "waitTime": 151})
        refused(400, "awsDirPath must be a path of plain names", awsDirPath="../x")
        refused(400, "webhookUrl must start with", webhookUrl="ftp://x")
        refused(404, "no live recording", path="/v2/recordings/end")
        refused(404, "There is no recording 'x'", path="/v2/recordings/end", id="x")
        refused(404, "no participant 'eve'", path="/v2/recordings/participant/start", participantId="eve")
        refused(400, "participantId is missing", path="/v2/recordings/participant/start")
        refused(400, "kind must be one of", path="/v2/recordings/participant/track/start", participantId="ann", kind="x")
        recording = self.record()
        again = self.server.api("POST", "/v2/recordings/start", {"roomId": self.room})
        self.assertEqual((again.status, again.json["code"]), (409, 4011))
        self.assertEqual(self.server.api("DELETE", f"/v2/recordings/{recording}").status, 409)
        bound = sign_token(roomId="another-room")
        self.assertEqual(self.server.request("GET", f"/v2/recordings/{recording}", token=bound).status, 403)
        ann.cut()

    def test_the_last_to_leave_ends_it(self):
        ann = self.server.join(self.room, "ann")
        recording = self.record()
        ann.send(client_message(4, b"", 0))
        ann.expect_close()
        self.until(f"/v2/recordings/{recording}", "RECORDING_STOPPED")
        eventually("the worker to be gone", lambda: "parley_workers 0" in self.metrics())

    def metrics(self):
        return self.server.request("GET", "/metrics").data.decode()

    def test_participants_and_tracks(self):
        ann = self.server.join(self.room, "ann")
        base = "/v2/recordings/participant"
        whole = self.post(f"{base}/start", participantId="ann")
        track = self.post(f"{base}/track/start", participantId="ann", kind="audio", fileFormat="mp3")
        self.until(f"{base}/{whole['id']}", "RECORDING_STARTED")
        self.until(f"{base}/track/{track['id']}", "RECORDING_STARTED")
        eventually("the second start", lambda: len(self.commands("start")) == 2)
        self.assertEqual(self.commands("start")[1]["egress"]["target"], {"participantId": "ann", "kind": "audio"})
        self.post(f"{base}/stop", participantId="ann")
        self.post(f"{base}/track/stop", 404, participantId="ann", kind="video")
        self.post(f"{base}/track/stop", participantId="ann", kind="audio")
        done = self.until(f"{base}/{whole['id']}", "RECORDING_STOPPED")
        self.assertEqual(done["files"][0]["meta"]["format"], "webm")
        sound = self.until(f"{base}/track/{track['id']}", "RECORDING_STOPPED")
        self.assertEqual((sound["files"][0]["type"], sound["files"][0]["meta"]["resolution"]), ("audio", None))
        self.assertEqual(self.get(f"{base}?participantId=ann")["pageInfo"]["total"], 1)
        self.assertEqual(self.get("/v2/recordings")["pageInfo"]["total"], 0, "a list of its own each")
        merged = self.server.api("POST", f"{base}/merge", {
            "sessionId": done["sessionId"],
            "channel1": [{"participantId": "ann", "recordingId": whole["id"], "type": "participant"}],
            "channel2": [{"participantId": "ann", "recordingId": track["id"], "type": "track"}]})
        self.assertEqual(merged.status, 200, merged.data)
        merge = self.until(f"{base}/merge/{merged.json['id']}", "MERGE_STOPPED")
        self.assertEqual(merge["file"]["meta"]["format"], "mp3")
        ann.cut()

    def test_auto_start(self):
        self.room = self.server.make_room(autoStartConfig={"recording": {"config": {"quality": "low"}}, "hls": {}})
        ann = self.server.join(self.room, "ann")
        recording = eventually("the recording", lambda: self.get(f"/v2/recordings?roomId={self.room}")["data"])[0]
        self.assertEqual(recording["config"]["quality"], "low")
        eventually("the stream", lambda: self.get(f"/v2/hls?roomId={self.room}")["data"])
        bad = self.server.api("POST", "/v2/rooms", {"autoStartConfig": {"recording": {"fileFormat": "avi"}}})
        self.assertEqual(bad.status, 400)
        self.assertIn("autoStartConfig.recording.fileFormat must be one of", bad.json["message"])
        ann.cut()


class Livestreams(Fixture):
    def test_outputs_and_their_keys(self):
        ann = self.server.join(self.room, "ann")
        outputs = [{"url": "rtmp://127.0.0.1:1/live", "streamKey": KEY}, {"url": "rtmps://b.example/app"}]
        started = self.post("/v2/livestreams/start", outputs=outputs)
        path = f"/v2/livestreams/{started['id']}"
        live = self.until(path, "LIVESTREAM_STARTED")
        live = eventually("the outputs", lambda: (lambda r: r if r["outputs"][1]["state"] == "live" else None)(self.get(path)))
        self.assertNotIn(KEY, json.dumps([started, live, self.get("/v2/livestreams")]))
        self.assertEqual(self.command("start")["egress"]["outputs"][0]["streamKey"], KEY)
        changed = self.post("/v2/livestreams/outputs", add=[{"url": "rtmp://127.0.0.1/c", "streamKey": KEY}],
                            remove=["rtmps://b.example/app"])
        self.assertEqual([o["url"] for o in changed["outputs"]], ["rtmp://127.0.0.1:1/live", "rtmp://127.0.0.1/c"])
        self.assertEqual(self.command("outputs")["remove"], [live["outputs"][1]["id"]])
        self.post("/v2/livestreams/end")
        ended = self.until(path, "LIVESTREAM_STOPPED")
        self.assertEqual({o["state"] for o in ended["outputs"]}, {"ended"})
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        with open(os.path.join(self.server.data_dir, "parley.db"), "rb") as database:
            mode = os.fstat(database.fileno()).st_mode & 0o777
        self.assertEqual(mode, 0o600, "the database may hold the keys of a live one")
        ann.cut()

    def test_bad_outputs(self):
        ann = self.server.join(self.room, "ann")
        good = {"url": "rtmp://127.0.0.1/x"}
        for outputs, words in ((None, "outputs is missing"), ([], "outputs must not be empty"), ("x", "outputs must be an array"),
                               ([good] * 101, "outputs must have at most 100"), ([{}], "outputs[0].url is missing"),
                               ([{"url": "http://x"}], "outputs[0].url must start with rtmp"),
                               ([good, good], "outputs[1] is the same"),
                               ([{"url": "rtmp://a:b@c/d"}], "outputs[0].url must not contain credentials"),
                               ([{"url": "rtmp://x:99999/"}], "outputs[0].url has a port"),
                               ([{"url": "rtmp://x/", "streamKey": 5}], "outputs[0].streamKey must be a string")):
            answer = self.post("/v2/livestreams/start", 400, outputs=outputs)
            self.assertIn(words, answer["message"])
        ann.cut()

    def test_private_destinations_need_leave(self):
        strict = Server("--worker-binary", DOUBLE)
        try:
            room = strict.make_room()
            ann = strict.join(room, "ann")
            for host in ("127.0.0.1", "10.1.2.3", "[::1]", "169.254.169.254", "192.168.0.1", "[fd00::1]", "localhost",
                         "100.64.0.1", "0.0.0.0", "[::ffff:10.0.0.1]", "printer.local"):
                answer = strict.api("POST", "/v2/livestreams/start",
                                    {"roomId": room, "outputs": [{"url": f"rtmp://{host}/live"}]})
                self.assertEqual(answer.status, 400, host)
                self.assertIn("private network", answer.json["message"])
            ann.cut()
        finally:
            strict.close()


class Hls(Fixture):
    def test_playlists_and_pictures(self):
        ann = self.server.join(self.room, "ann")
        self.assertEqual(self.server.api("GET", f"/v2/hls/{self.room}/active").status, 404)
        started = self.post("/v2/hls/start")
        path = f"/v2/hls/{started['id']}"
        stream = self.until(path, "HLS_PLAYABLE")
        self.assertEqual(self.get(f"/v2/hls/{self.room}/active")["data"]["id"], started["id"])
        local = stream["playbackHlsUrl"].split(f":{self.server.port}", 1)[1]
        playlist = self.server.request("GET", local)
        self.assertEqual((playlist.status, playlist.headers["content-type"]), (200, "application/vnd.apple.mpegurl"))
        self.assertEqual(playlist.headers["access-control-allow-origin"], "*")
        self.assertEqual(playlist.headers["cache-control"], "no-cache")
        segment = self.server.request("GET", local.replace("index.m3u8", "seg-1.ts"))
        self.assertEqual((segment.status, len(segment.data)), (200, 188))
        self.assertIn("immutable", segment.headers["cache-control"])
        for bad in ("../../parley.db", ".hidden", "", "a/../../x"):
            self.assertEqual(self.server.request("GET", local.replace("index.m3u8", bad)).status, 404, bad)
        picture = self.post("/v2/hls/capture", width=640, format="png")
        self.assertEqual((picture["meta"]["format"], picture["fileSize"]), ("png", 16))
        fetched = self.server.request("GET", picture["fileUrl"].split(f":{self.server.port}", 1)[1])
        self.assertEqual((fetched.status, fetched.headers["content-type"]), (200, "image/png"))
        self.post("/v2/hls/end")
        self.until(path, "HLS_STOPPED")
        self.assertIn(b"#EXT-X-ENDLIST", self.server.request("GET", local).data, "it can be played on")
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        self.assertEqual(self.server.request("GET", local).status, 404)
        ann.cut()


class Signalling(Fixture):
    def next_status(self, socket):
        return text(socket.receive("body 32")["body 32"], 3)

    def test_moderators_start_and_everybody_is_told(self):
        ann = self.server.join(self.room, "ann")
        bob = self.server.join(self.room, "bob", token=sign_token(permissions=["allow_join"]))
        bob.send(start_egress(0))
        self.assertEqual(bob.receive("error")["error"]["code"], 4008)
        ann.send(start_egress(1, {"outputs": [{"url": "http://x"}]}))
        self.assertEqual(ann.receive("error")["error"]["code"], 4015)
        ann.send(start_egress(0, {"config": {"quality": "x"}}))
        refused = ann.receive("error")["error"]
        self.assertEqual(refused["code"], 3073)
        self.assertIn("config.quality", refused["message"])
        ann.send(start_egress(0, {"config": {"quality": "low"}}))
        state = decode(ann.receive("body 33")["body 33"][1][0])
        self.assertEqual(text(state, 3), "RECORDING_STARTING")
        self.assertEqual([self.next_status(bob), self.next_status(bob)], ["RECORDING_STARTING", "RECORDING_STARTED"])
        late = self.server.signal()
        late.send(join_message(self.room, "late"))
        self.assertEqual(late.receive("joined")["joined"]["egress_statuses"], ["RECORDING_STARTED"])
        ann.send(update_egress(0, {"paused": True}))
        ann.receive("ok")
        ann.send(stop_egress(0))
        ann.receive("ok")
        eventually("the end", lambda: self.next_status(bob) == "RECORDING_STOPPED")
        ann.send(stop_egress(0))
        self.assertEqual(ann.receive("error")["error"]["code"], 4012)
        for socket in (ann, bob, late):
            socket.cut()

    def test_a_hidden_participant_is_nobody(self):
        alone = self.server.signal()
        alone.send(join_message(self.room, "eye", token=sign_token(hidden=True)))
        self.assertEqual(alone.receive("error")["error"]["code"], 3047)
        ann = self.server.join(self.room, "ann")
        eye = self.server.join(self.room, "eye", token=sign_token(hidden=True))
        bob = self.server.join(self.room, "bob")
        self.assertEqual(ann.receive("participant_joined")["participant_joined"]["participant_id"], "bob")
        session = self.get(f"/v2/sessions?roomId={self.room}")["data"][0]
        self.assertEqual([p["participantId"] for p in session["participants"]], ["ann", "bob"])
        for socket in (ann, bob):
            socket.send(client_message(4, b"", 0))
            socket.expect_close()
        eye.expect_close()
        eventually("the session's end", lambda: self.get(f"/v2/sessions/{session['id']}")["status"] == "ended")
        alone.cut()


class Supervision(Fixture):
    def test_a_worker_that_dies_is_started_again(self):
        ann = self.server.join(self.room, "ann")
        recording = self.record()
        first = self.worker_pid()
        os.kill(first, signal.SIGKILL)
        eventually("another worker", lambda: self.worker_pid() != first)
        eventually("its start", lambda: len(self.commands("start")) == 2)
        self.assertEqual([c["egress"]["part"] for c in self.commands("start")], [1, 2])
        self.assertEqual(self.get(f"/v2/recordings/{recording}")["status"], "RECORDING_STARTED")
        self.post("/v2/recordings/end")
        done = self.until(f"/v2/recordings/{recording}", "RECORDING_STOPPED")
        self.assertEqual(done["file"]["meta"]["duration"], 3.0, "both parts")
        self.assertEqual(done["restarts"], 1)
        ann.cut()

    def test_a_server_that_dies_goes_on_with_the_same_recording(self):
        ann = self.server.join(self.room, "ann")
        recording = self.record()
        stream = self.post("/v2/livestreams/start", outputs=[{"url": "rtmp://127.0.0.1:1/live", "streamKey": KEY}])
        self.until(f"/v2/livestreams/{stream['id']}", "LIVESTREAM_STARTED")
        ann.cut()
        self.server.kill()
        self.server.start()
        self.assertEqual(self.get(f"/v2/recordings/{recording}")["status"], "RECORDING_STARTED", "it waits for the room")
        ann = self.server.join(self.room, "ann")
        eventually("both to go on", lambda: len(self.commands("start")) == 4)
        parts = [c["egress"]["part"] for c in self.commands("start") if c["egress"]["id"] == recording]
        self.assertEqual(parts, [1, 2])
        keys = [c["egress"]["outputs"][0]["streamKey"] for c in self.commands("start") if c["egress"]["id"] == stream["id"]]
        self.assertEqual(keys, [KEY, KEY])
        self.post("/v2/recordings/end")
        done = self.until(f"/v2/recordings/{recording}", "RECORDING_STOPPED")
        self.assertEqual(done["file"]["size"], 14000, "both parts in one file")
        self.post("/v2/livestreams/end")
        self.until(f"/v2/livestreams/{stream['id']}", "LIVESTREAM_STOPPED")
        ann.cut()


class NobodyComesBack(Fixture):
    OPTIONS = ("--revive-grace", "1")

    def test_a_recording_is_finalised_when_nobody_comes_back(self):
        ann = self.server.join(self.room, "ann")
        recording = self.record()
        ann.cut()
        self.server.kill()
        self.server.start()
        done = self.until(f"/v2/recordings/{recording}", "RECORDING_STOPPED")
        self.assertEqual(done["file"]["size"], 7000)

    def test_a_server_that_stops_in_order_loses_nothing(self):
        ann = self.server.join(self.room, "ann")
        recording = self.record()
        ann.cut()
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.until(f"/v2/recordings/{recording}", "RECORDING_STOPPED")


class NoWorker(unittest.TestCase):
    def test_a_worker_that_cannot_be_started_is_a_failure_and_not_a_crash(self):
        server = Server("--worker-binary", "/nonexistent/parley-worker")
        try:
            room = server.make_room()
            ann = server.join(room, "ann")
            started = server.api("POST", "/v2/recordings/start", {"roomId": room}).json
            failed = eventually("the failure", lambda: (lambda r: r if r["status"] == "RECORDING_FAILED" else None)(
                server.api("GET", f"/v2/recordings/{started['id']}").json), 2 * PATIENCE)
            self.assertIn(failed["error"]["code"], ("worker-died", "start-timeout"))
            self.assertIn("cannot be started", server.log)
            self.assertEqual(server.request("GET", "/healthz").status, 200)
            ann.cut()
        finally:
            server.close()


if __name__ == "__main__":
    unittest.main()
