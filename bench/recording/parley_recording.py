"""The case of Parley: a recording started by REST, in a room of the real server."""

import datetime
import os
import re
import subprocess
import time

import pictures
from case import Result
from processes import Meter
from rtmp import Viewer
from support import eventually

STATS = re.compile(r"cpu ([\d.]+) s: decode ([\d.]+), scale ([\d.]+), paint ([\d.]+), encode ([\d.]+), sound ([\d.]+), write ([\d.]+)")
PARTS = ("decode", "scale", "paint", "encode", "sound", "write")


def worker_of(server):
    """The server's only child."""
    out = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True).stdout.split()
    return int(out[0]) if len(out) == 1 else None


def api(server, method, path, body=None):
    answer = server.api(method, path, body)
    if answer.status != 200:
        raise RuntimeError(f"{method} {path} gave {answer.status}: {answer.data}")
    return answer.json


def stats(server, since=0):
    """What the worker has told of its CPU time: rows of seconds."""
    return [tuple(map(float, found.groups())) for found in STATS.finditer(server.log, since)]


class Recording:
    def __init__(self, server, case, folder, rtmp):
        self.server, self.case, self.folder, self.rtmp = server, case, folder, rtmp
        self.kept = os.path.join(folder, f"parley-{case.people}{'-rtmp' if rtmp else ''}.mp4")
        self.viewer = None

    def run(self):
        log = len(self.server.log)
        try:
            self._start()
            if self.rtmp:
                self._go_live()
            time.sleep(self.case.settle)  # what follows is measured
            before = len(stats(self.server, log))
            begin = time.monotonic()
            with Meter({"worker": worker_of(self.server)}) as meter:
                time.sleep(self.case.seconds)
            end = time.monotonic()
            spent = stats(self.server, log)[max(0, before - 1):]
            time.sleep(1)  # the last pictures of the window come
        finally:
            self._stop()
        return self._result(meter, spent, (begin, end))

    def _start(self):
        self.called, self.called_utc = time.monotonic(), time.time()
        self.id = api(self.server, "POST", "/v2/recordings/start", {"roomId": self.case.room})["id"]
        part = os.path.join(self.server.data_dir, "files", self.id, "part-1.mp4")
        self.growth = pictures.Growth(part)
        eventually("the recording to have begun", lambda: self.recording()["status"] == "RECORDING_STARTED", 30)
        if os.path.exists(self.kept):
            os.remove(self.kept)
        os.link(part, self.kept)  # the part itself goes when the recording is finished
        began = datetime.datetime.fromisoformat(self.recording()["start"].replace("Z", "+00:00")).timestamp()
        self.first = began - self.called_utc

    def recording(self):
        return api(self.server, "GET", f"/v2/recordings/{self.id}")

    def _go_live(self):
        keys = [f"bench-{self.id}-{i}" for i in range(3)]
        body = {"roomId": self.case.room, "outputs": [{"url": self.rtmp.url, "streamKey": key} for key in keys]}
        api(self.server, "POST", "/v2/livestreams/start", body)

        def live():
            outputs = api(self.server, "GET", f"/v2/livestreams?roomId={self.case.room}")["data"][0]["outputs"]
            return all(output["state"] == "live" for output in outputs)
        eventually("three outputs to be live", live, 30)
        self.viewer = Viewer(f"{self.rtmp.url}/{keys[0]}", self.folder)

    def _stop(self):
        self.growth.stop()
        worker = worker_of(self.server)
        if self.viewer:
            api(self.server, "POST", "/v2/livestreams/end", {"roomId": self.case.room})
        api(self.server, "POST", "/v2/recordings/end", {"roomId": self.case.room})
        if self.viewer:
            self.viewer.stop()
        eventually("the worker to end", lambda: not os.path.exists(f"/proc/{worker}"), 60)

    def _result(self, meter, spent, window):
        seen = pictures.of_file(self.kept, self.growth, self.case.tiles, window)
        _, complete = seen.first_complete()
        name = self.case.title + (" and 3 RTMP outputs" if self.rtmp else "")
        return Result(name=name, cores=meter.cores["worker"], memory=meter.memory["worker"], parts=self._parts(meter, spent),
                      frame_rate=seen.frame_rate(), delays=seen.delays(), first=self.first, complete=complete - self.called,
                      on_disk=seen.rows[0][0] - self.called, busy=meter.busy,
                      rtmp_delays=self.viewer.seen(self.case.tiles, window).delays() if self.viewer else [])

    @staticmethod
    def _parts(meter, spent):
        """Of the measured cores, by the worker's own account of about the same time."""
        total, *parts = (b - a for a, b in zip(spent[0], spent[-1]))
        cores = {name: part / total * meter.cores["worker"] for name, part in zip(PARTS, parts)}
        cores["receive and the rest"] = meter.cores["worker"] - sum(cores.values())
        return cores
