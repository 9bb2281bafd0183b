"""docs/openapi.json against the running server: each documented path, method, status and field really happens."""

import json
import os
import re
import time
import unittest

from support import LEAVE, Receiver, Server, eventually, publish_chat, sign_token

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker_double.py")
DOCUMENT = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "openapi.json")


class Schema:
    """As much of JSON Schema as the document uses; anything else in it is an error."""

    KNOWN = {"$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "format",
             "description", "default", "minimum", "maximum", "minLength", "maxLength", "maxItems"}

    def __init__(self, document):
        self.document = document
        self.seen = set()  # (schema name or place, field) that occurred

    def check(self, value, schema, place):
        unknown = set(schema) - self.KNOWN
        assert not unknown, f"{place}: the checker does not know {unknown}"
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return self.check(value, self.document["components"]["schemas"][name], name)
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        assert any(self.is_type(value, t) for t in types), f"{place}: {value!r} is not {types}"
        if "enum" in schema:
            assert value in schema["enum"], f"{place}: {value!r} is not one of {schema['enum']}"
        if isinstance(value, str) and "pattern" in schema:
            assert re.search(schema["pattern"], value), f"{place}: {value!r} does not match {schema['pattern']}"
        if isinstance(value, dict):
            self.check_object(value, schema, place)
        if isinstance(value, list):
            for item in value:
                self.check(item, schema["items"], place + "[]")

    def check_object(self, value, schema, place):
        properties = schema.get("properties", {})
        missing = set(schema.get("required", [])) - set(value)
        assert not missing, f"{place}: {missing} is missing"
        if schema.get("additionalProperties", True) is False:
            extra = set(value) - set(properties)
            assert not extra, f"{place}: {extra} is not documented"
        for name, item in value.items():
            if name in properties:
                self.seen.add((place, name))
                self.check(item, properties[name], f"{place}.{name}")

    @staticmethod
    def is_type(value, name):
        if name == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        if name == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        return isinstance(value, {"string": str, "boolean": bool, "object": dict, "array": list,
                                  "null": type(None)}[name])


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(DOCUMENT, encoding="utf-8") as file:
            cls.document = json.load(file)
        cls.server = Server("--app-access", "open", "--worker-binary", WORKER, "--allow-private-destinations")
        cls.receiver = Receiver()
        cls.schema = Schema(cls.document)
        cls.happened = set()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.receiver.close()

    def call(self, operation, status, body=None, token=True, query="", server=None, **path):
        """Calls a documented operation and checks the answer against the document."""
        method, template, op = self.operation(operation)
        url = template
        for name, value in path.items():
            self.assertIn("{" + name + "}", template)
            url = url.replace("{" + name + "}", value)
        self.assertNotIn("{", url)
        response = (server or self.server).request(method, url + query, body, sign_token() if token is True else token)
        self.assertEqual(response.status, status, f"{operation}: {response.data}")
        documented = op["responses"]
        self.assertIn(str(status), documented, f"{operation} does not document {status}")
        content_type, content = next(iter(documented[str(status)]["content"].items()))
        self.assertEqual(response.headers["content-type"].split(";")[0], content_type)
        if content_type == "application/json":
            self.schema.check(response.json, content["schema"], operation)
        self.happened.add((operation, status))
        return response

    def operation(self, name):
        for path, methods in self.document["paths"].items():
            for method, op in methods.items():
                if op["operationId"] == name:
                    return method.upper(), path, op
        raise AssertionError(f"there is no operation {name}")

    def test_everything(self):
        self.rooms()
        self.sessions()
        self.recordings()
        self.participants_and_tracks()
        self.livestreams()
        self.hls()
        self.webhooks()
        self.server_itself()
        self.tokens()
        documented = {(op["operationId"], int(status)) for methods in self.document["paths"].values()
                      for op in methods.values() for status in op["responses"]}
        self.assertEqual(documented - self.happened, set(), "documented, but never happened")
        self.fields_occur()

    def rooms(self):
        full = {"customRoomId": "mine", "geoFence": "eu001", "allowedParticipantIds": ["ann", "bob"],
                "autoCloseConfig": {"type": "session-ends", "duration": 60},
                "webhook": {"endPoint": "http://127.0.0.1:1/", "events": ["session*"]},
                "autoStartConfig": {"recording": {}, "hls": {}},
                "multiComposition": {"recording": True, "hls": True, "rtmp": True}}
        self.room = self.call("createRoom", 200, full).json["roomId"]
        self.call("createRoom", 200, {})
        self.call("createRoom", 400, {"geoFence": 1})
        self.call("createRoom", 409, {"customRoomId": self.room})
        self.call("listRooms", 200)
        self.call("listRooms", 400, query="?page=0")
        for name in ("validateRoom", "validateRoomByPost"):
            self.call(name, 200, roomId="mine")
            self.call(name, 404, roomId="none")
        self.call("getRoom", 200, roomId=self.room)
        self.call("getRoom", 404, roomId="none")
        self.call("deactivateRoom", 400, {})
        self.call("deactivateRoom", 404, {"roomId": "none"})
        gone = self.call("createRoom", 200, {}).json["roomId"]
        self.call("deactivateRoom", 200, {"roomId": gone})
        for name in ("validateRoom", "validateRoomByPost"):
            self.call(name, 400, roomId=gone)

    def sessions(self):
        ann = self.server.join(self.room, "ann", meta='{"a": 1}')
        bob = self.server.join(self.room, "bob")
        self.session = ann.joined["session_id"]
        ann.send(publish_chat("CHAT", "hello"))
        ann.receive("ok")
        bob.send(LEAVE)
        bob.expect_close()
        here = {"sessionId": self.session}
        eventually("the records", lambda: self.server.api("GET", f"/v2/sessions/{self.session}/chat").data.count(b"\r\n") == 2)
        eventually("a try of the webhook", lambda: self.server.api("GET", f"/v2/rooms/{self.room}/webhooks").json["data"])
        self.call("getRoomWebhooks", 200, roomId=self.room)
        self.call("getRoomWebhooks", 404, roomId="none")
        self.call("listSessions", 200)
        for bad in ("status=x", "startDate=x", "endDate=-1", "perPage=101"):
            self.call("listSessions", 400, query="?" + bad)
        self.call("getSession", 200, **here)
        self.call("getSessionChat", 200, **here)
        self.call("getSessionStats", 200, **here)
        self.call("listParticipants", 200, **here)
        self.call("listParticipants", 400, query="?perPage=0", **here)
        self.call("listActiveParticipants", 200, **here)
        self.call("listActiveParticipants", 400, query="?page=x", **here)
        self.call("getParticipant", 200, participantId="ann", **here)
        self.call("getParticipantStats", 200, participantId="ann", **here)
        for name in ("getParticipant", "getParticipantStats"):
            self.call(name, 404, participantId="eve", **here)
        for name in ("getSession", "getSessionChat", "getSessionStats", "listParticipants", "listActiveParticipants"):
            self.call(name, 404, sessionId="none")
        self.call("removeParticipant", 400, {"roomId": self.room})
        self.call("removeParticipant", 404, {"roomId": self.room, "participantId": "eve"})
        self.call("removeParticipant", 200, {"roomId": self.room, "participantId": "ann"})
        ann.expect_close()
        again = self.server.join(self.room, "ann")
        self.call("endSession", 400, {})
        self.call("endSession", 404, {"roomId": "none"})
        eventually("the session", lambda: self.server.api(
            "GET", f"/v2/sessions?roomId={self.room}&status=ongoing").json["data"])
        self.call("endSession", 200, {"roomId": self.room})
        again.expect_close()
        self.call("getSession", 200, **here)

    def until(self, operation, status, **path):
        """Calls a GET until the resource has this status."""
        return eventually(f"{operation} to say {status}", lambda: (
            lambda answer: answer if answer["status"] == status else None)(self.call(operation, 200, **path).json))

    def refusals(self, operations):
        for name in operations:
            self.call(name, 400, {})
            self.call(name, 404, {"roomId": "none"})

    def recordings(self):
        self.studio = self.call("createRoom", 200, {
            "webhook": {"endPoint": self.receiver.url, "events": ["*"]}}).json["roomId"]
        self.ann = self.server.join(self.studio, "ann")
        room = {"roomId": self.studio}
        self.refusals(["startRecording", "endRecording", "stopRecording", "pauseRecording", "resumeRecording",
                       "changeRecordingLayout"])
        recording = self.call("startRecording", 200, {**room, "metadata": {"a": 1}}).json["id"]
        self.until("getRecording", "RECORDING_STARTED", recordingId=recording)
        self.call("startRecording", 409, room)
        self.call("pauseRecording", 200, room)
        self.call("resumeRecording", 200, room)
        self.call("changeRecordingLayout", 200, {**room, "config": {"theme": "DARK"}})
        self.call("deleteRecording", 409, recordingId=recording)
        self.call("endRecording", 200, room)
        self.until("getRecording", "RECORDING_STOPPED", recordingId=recording)
        second = self.call("startRecording", 200, room).json["id"]
        self.call("stopRecording", 200, {"id": second})
        self.lists("Recording", "listRecordings")
        self.call("deleteRecording", 200, recordingId=recording)
        self.call("deleteRecording", 404, recordingId=recording)
        self.call("getRecording", 404, recordingId=recording)

    def lists(self, _, operation):
        self.call(operation, 200)
        self.call(operation, 400, query="?page=0")
        self.call(operation, 404, query="?roomId=none")

    def participants_and_tracks(self):
        room = {"roomId": self.studio, "participantId": "ann"}
        ids = {}
        for name, more in (("Participant", {}), ("Track", {"kind": "video"})):
            start, stop, get = f"start{name}Recording", f"stop{name}Recording", f"get{name}Recording"
            self.call(start, 400, {"roomId": self.studio})
            self.call(start, 404, {**room, **more, "participantId": "eve"})
            made = self.call(start, 200, {**room, **more, "metadata": "m"}).json["id"]
            self.until(get, "RECORDING_STARTED", recordingId=made)
            self.call(start, 409, {**room, **more})
            self.call(stop, 400, {})
            self.call(stop, 404, {**room, "participantId": "eve"})
            session = self.call(stop, 200, {**room, **more}).json["sessionId"]
            self.until(get, "RECORDING_STOPPED", recordingId=made)
            self.lists(name, f"list{name}Recordings")
            self.call(get, 404, recordingId="none")
            ids[name] = made
        both = {"sessionId": session, "channel1": [{"recordingId": ids["Participant"]}],
                "channel2": [{"recordingId": ids["Track"], "type": "track"}]}
        merge = self.call("mergeRecordings", 200, both).json["id"]
        self.until("getMerge", "MERGE_STOPPED", muxerId=merge)
        self.call("mergeRecordings", 400, {**both, "channel2": []})
        self.call("mergeRecordings", 404, {**both, "sessionId": "none"})
        running = self.call("startParticipantRecording", 200, room).json["id"]
        self.call("mergeRecordings", 409, {**both, "channel1": [{"recordingId": running}]})
        self.call("stopParticipantRecording", 200, {"id": running})
        self.lists("Merge", "listMerges")
        self.call("getMerge", 404, muxerId="none")
        for name, made in ids.items():
            self.call(f"delete{name}Recording", 200, recordingId=made)
            self.call(f"delete{name}Recording", 404, recordingId=made)

    def livestreams(self):
        room = {"roomId": self.studio}
        outputs = {"outputs": [{"url": "rtmp://127.0.0.1:1/live", "streamKey": "key"}]}
        self.refusals(["startLivestream", "endLivestream", "stopLivestream", "changeLivestreamLayout",
                       "changeLivestreamOutputs"])
        stream = self.call("startLivestream", 200, {**room, **outputs, "metadata": "m"}).json["id"]
        self.until("getLivestream", "LIVESTREAM_STARTED", livestreamId=stream)
        self.call("startLivestream", 409, {**room, **outputs})
        self.call("changeLivestreamLayout", 200, {**room, "layout": {"type": "SIDEBAR"}})
        self.call("changeLivestreamOutputs", 200, {**room, "add": [{"url": "rtmp://127.0.0.1:1/b"}]})
        self.call("endLivestream", 200, room)
        self.until("getLivestream", "LIVESTREAM_STOPPED", livestreamId=stream)
        second = self.call("startLivestream", 200, {**room, **outputs}).json["id"]
        self.call("stopLivestream", 200, {"id": second})
        self.lists("Livestream", "listLivestreams")
        self.call("deleteLivestream", 200, livestreamId=stream)
        self.call("deleteLivestream", 404, livestreamId=stream)
        self.call("getLivestream", 404, livestreamId="none")

    def hls(self):
        room = {"roomId": self.studio}
        self.refusals(["startHls", "endHls", "stopHls", "changeHlsLayout", "captureHls"])
        self.call("getActiveHls", 404, roomId=self.studio)
        stream = self.call("startHls", 200, {**room, "metadata": "m"}).json["id"]
        self.until("getHls", "HLS_PLAYABLE", hlsId=stream)
        self.call("startHls", 409, room)
        self.call("getActiveHls", 200, roomId=self.studio)
        self.call("captureHls", 200, room)
        self.call("changeHlsLayout", 200, {**room, "theme": "LIGHT"})
        self.call("endHls", 200, room)
        self.until("getHls", "HLS_STOPPED", hlsId=stream)
        second = self.call("startHls", 200, room).json["id"]
        self.call("stopHls", 200, {"id": second})
        self.lists("Hls", "listHls")
        self.call("deleteHls", 200, hlsId=stream)
        self.call("deleteHls", 404, hlsId=stream)
        self.call("getHls", 404, hlsId="none")
        self.server.api("POST", "/v2/sessions/end", room)
        self.ann.expect_close()

    def webhooks(self):
        """Of all that happened in the studio: `session-ended` is the last."""
        eventually("the webhooks", lambda: "session-ended" in self.receiver.types())
        documented = self.document["webhooks"]
        families = {name[:-1]: name for name in documented if name.endswith("*")}
        happened = set()
        for body in self.receiver.bodies():
            kind = body["webhookType"]
            name = kind if kind in documented else families[kind[:kind.rindex("-") + 1]]
            content = documented[name]["post"]["requestBody"]["content"]["application/json"]
            self.schema.check(body, content["schema"], f"webhook {name}")
            happened.add(name)
        self.assertEqual(set(documented) - happened, set(), "documented, but never sent")

    def server_itself(self):
        self.call("getPublicKey", 200, token=None)
        self.call("makeAppRoom", 200, token=None)
        self.call("makeAppToken", 200, {"roomId": self.room}, token=None)
        self.call("makeAppToken", 400, {}, token=None)
        self.call("makeAppToken", 404, {"roomId": "none"}, token=None)
        shut = Server("--app-access", "off")
        try:
            self.call("makeAppRoom", 403, token=None, server=shut)
            self.call("makeAppToken", 403, {"roomId": "x"}, token=None, server=shut)
        finally:
            shut.close()
        for name in ("health", "metrics", "docs"):
            self.call(name, 200, token=None)
        served = self.call("openapi", 200, token=None)
        self.assertEqual(served.json, self.document)
        page = self.server.request("GET", "/docs").data.decode()
        self.assertNotRegex(page + self.server.request("GET", "/docs.js").data.decode(), r"https?://")

    def tokens(self):
        """401 and 403 of every operation that documents them."""
        for path, methods in self.document["paths"].items():
            for op in methods.values():
                if op.get("security") == []:
                    continue
                names = {name: self.room if name == "roomId" else self.session if name == "sessionId" else "ann"
                         for name in re.findall(r"{(\w+)}", path)}
                body = {"roomId": self.room, "participantId": "ann"} if "requestBody" in op else None
                with self.subTest(op["operationId"]):
                    self.call(op["operationId"], 401, body, token=None, **names)
                    self.call(op["operationId"], 401, body, token=sign_token(exp=int(time.time()) - 60), **names)
                    self.call(op["operationId"], 403, body, token=sign_token(roles=["rtc"]), **names)
                if op["operationId"] == "listSessions":  # a token of a room that is gone
                    self.call("listSessions", 404, token=sign_token(roomId="none"))

    def fields_occur(self):
        """Every documented field of an answer was seen, but for what only media brings."""
        only_media = {"QualityPoint", "QualityPoint.qualityScore"}
        requests = {"NewRoom", "NewOutput"}
        wanted = set()

        def walk(schema, place):
            for name, field in schema.get("properties", {}).items():
                wanted.add((place, name))
                walk(field, f"{place}.{name}")
            if "items" in schema:
                walk(schema["items"], place + "[]")

        for name, schema in self.document["components"]["schemas"].items():
            if name not in requests and name not in only_media:
                walk(schema, name)
        unseen = wanted - self.schema.seen
        # Modes change only with media, and nobody switched a source on here.
        unseen = {(place, name) for place, name in unseen if not place.startswith(
            ("Participant.changeModeHistory[]",))}
        # Nothing failed here (egress_test.py lets it), and a merge is sound.
        unseen = {(place, name) for place, name in unseen
                  if not place.endswith(".error") and not place.startswith("Merge.file.meta.resolution")}
        self.assertEqual(unseen, set())


if __name__ == "__main__":
    unittest.main()
