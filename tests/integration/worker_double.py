#!/usr/bin/env python3
"""Speaks the worker protocol and writes small files, for tests of how the server supervises workers: what it says can be
steered, and it dies when it is told to. What is in real files is tested with the real worker.

The environment: DOUBLE_LOG names a file to which each line that comes in is appended (with the process id);
DOUBLE_MODE is "" or a list of words: "mute" says nothing at all, "slow" answers only to the second start,
"no-task" lets tasks fail.
"""

import json
import os
import sys
import time

MODE = os.environ.get("DOUBLE_MODE", "").split(",")


def log(line):
    name = os.environ.get("DOUBLE_LOG")
    if name:
        with open(name, "a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {line.strip()}\n")


def say(fact, **fields):
    if "mute" not in MODE:
        print(json.dumps({"fact": fact, **fields}), flush=True)


def result(folder, name, ending, kind="mp4"):
    """Joins the parts of a folder, as finalising does; [] if there are none."""
    parts = sorted(file for file in os.listdir(folder) if file.startswith("part-"))
    if not parts:
        return []
    data = b""
    for part in parts:
        with open(os.path.join(folder, part), "rb") as file:
            data += file.read()
        os.remove(os.path.join(folder, part))
    path = f"{name}.{ending}"
    with open(os.path.join(folder, path), "wb") as file:
        file.write(data)
    sound = ending == "mp3"
    return [{"path": path, "size": len(data), "duration": 1.5 * len(parts), "width": 0 if sound else 1280,
             "height": 0 if sound else 720, "format": ending}]


def finalise(job):
    if job["kind"] == "hls":
        return hls_files(job["folder"])
    return result(job["folder"], "recording", job["fileFormat"])


def hls_files(folder):
    path = os.path.join(folder, "index.m3u8")
    if not os.path.exists(path):
        return []
    with open(path, "a", encoding="utf-8") as file:
        file.write("#EXT-X-ENDLIST\n")
    return [{"path": "index.m3u8", "size": os.path.getsize(path), "duration": 2.0, "width": 1280, "height": 720,
             "format": "m3u8"}]


def start(job):
    folder, number = job["folder"], job["part"]
    if job["kind"] == "hls":
        for name, text in (("index.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\nseg-1.ts\n"),
                           ("live.m3u8", "#EXTM3U\n"), ("seg-1.ts", "G" * 188)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
    elif job["kind"] != "livestream":
        with open(os.path.join(folder, f"part-{number}.{job['fileFormat']}"), "w", encoding="utf-8") as file:
            file.write(f"part {number}\n" * 1000)
    say("started", id=job["id"], at=int(time.time() * 1000))
    if job["kind"] == "hls":
        say("playable", id=job["id"])
    for output in job.get("outputs", []):
        say("output", id=job["id"], output=output["id"], state="live", message="")


def work():
    jobs = {}
    starts = 0
    for line in sys.stdin:
        log(line)
        command = json.loads(line)
        name, identity = command["command"], command.get("id")
        if name == "join":
            say("joined")
        elif name == "start":
            starts += 1
            jobs[command["egress"]["id"]] = command["egress"]
            if "slow" not in MODE or starts > 1:
                start(command["egress"])
        elif name == "stop":
            job = jobs.pop(identity, None)
            say("finished", id=identity, files=finalise(job) if job else [])
        elif name in ("pause", "resume"):
            say(name + "d", id=identity)
        elif name == "outputs":
            for output in command["add"]:
                say("output", id=identity, output=output["id"], state="live", message="")


def task():
    line = sys.stdin.readline()
    log(line)
    what = json.loads(line)
    name = what["task"]
    identity = what["egress"]["id"] if name == "finalise" else what["id"]
    if "no-task" in MODE:
        return say("failed", id=identity, code="disk-full", message="no space left on device")
    files = []
    if name == "finalise":
        files = finalise(what["egress"])
    elif name in ("upload", "erase"):
        pass  # done: there is no bucket here
    else:
        os.makedirs(os.path.dirname(os.path.join(what["folder"], what["file"])), exist_ok=True)
        with open(os.path.join(what["folder"], what["file"]), "w", encoding="utf-8") as file:
            file.write("picture or sound")
        still = name == "capture"
        files = [{"path": what["file"], "size": 16, "duration": 0 if still else 3.0, "width": 640 if still else 0,
                  "height": 360 if still else 0, "format": what["file"].rsplit(".", 1)[1]}]
    return say("finished", id=identity, files=files)


if __name__ == "__main__":
    task() if sys.argv[1:] == ["task"] else work()
