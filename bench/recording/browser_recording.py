"""The case of a browser, as Jibri and LiveKit's egress do it: Chromium shows the room's grid on a screen of Xvfb and plays its sound
into PulseAudio; FFmpeg grabs both and encodes H.264 and AAC. Nothing here is a GPU's work, as on the servers such recorders run on."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

import pictures
from case import Result
from processes import Meter
from support import eventually, sign_token

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDED = ("Xvfb", "pulseaudio", "chromium", "ffmpeg")
BROWSER_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--kiosk", "--window-size=1280,720",
                 "--window-position=0,0", "--hide-scrollbars", "--autoplay-policy=no-user-gesture-required",
                 "--disable-features=Translate", "--password-store=basic")
# What Jibri streams with and LiveKit's default: veryfast, at the bit rate of Parley's 720p.
ENCODER = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "2500k", "-g", "60",
           "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k")
FRAGMENTS = ("-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "500000", "-flush_packets", "1")


def missing(web_root):
    lacks = [program for program in NEEDED if not shutil.which(program)]
    return lacks + ([] if os.path.exists(os.path.join(web_root, "sdk", "parley.js")) else ["the web build"])


class Page:
    """Serves the recorder's page, and hears what it tells."""

    def __init__(self, server_url, case):
        with open(os.path.join(HERE, "page.html")) as file:
            settings = json.dumps({"token": sign_token(), "meetingId": case.room, "tiles": case.tiles, "server": server_url})
            self.html = file.read().replace("SERVER", server_url).replace("SETTINGS", settings).encode()
        self.told = {}
        handler = functools.partial(self.Handler, self)
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def __init__(self, page, *args):
            self.page = page
            super().__init__(*args)

        def do_GET(self):
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if found:
                self.wfile.write(self.page.html)

        def do_POST(self):
            self.page.told.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class Recording:
    def __init__(self, server, case, folder):
        self.server_url = f"http://127.0.0.1:{server.port}"
        self.case, self.folder = case, folder
        self.path = os.path.join(folder, f"browser-{case.people}.mp4")
        self.processes = {}

    def run(self):
        self.home = tempfile.mkdtemp(prefix="parley-browser-")
        self.page = Page(self.server_url, self.case)
        if os.path.exists(self.path):
            os.remove(self.path)
        self.growth = pictures.Growth(self.path)
        try:
            self._start()
            time.sleep(self.case.settle)  # what follows is measured
            self._check()
            begin = time.monotonic()
            with Meter({name: process.pid for name, process in self.processes.items()}) as meter:
                time.sleep(self.case.seconds)
            end = time.monotonic()
            time.sleep(2)  # the last pictures of the window come
        finally:
            self._stop()
        return self._result(meter, (begin, end))

    def _start(self):
        self.called = time.monotonic()
        reading, writing = os.pipe()
        self._launch("Xvfb", ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x720x24", "-nolisten", "tcp"], pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as display:
            self.display = f":{display.readline().strip()}"
        self._launch("PulseAudio", ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--load=module-null-sink "
                                    "sink_name=room", f"--load=module-native-protocol-unix auth-anonymous=1 socket={self.home}/sound"])
        eventually("PulseAudio", lambda: os.path.exists(f"{self.home}/sound"), 10)
        self._launch("Chromium", ["chromium", *BROWSER_FLAGS, f"--user-data-dir={self.home}/profile", f"--app={self.page.url}"])
        eventually("the browser to show everybody", self._shows_everybody, 60)
        self._launch("FFmpeg", ["ffmpeg", "-v", "error", "-y", "-thread_queue_size", "512", "-f", "x11grab", "-framerate", "30", "-video_size",
                                "1280x720", "-draw_mouse", "0", "-i", self.display, "-thread_queue_size", "512", "-f", "pulse", "-i",
                                "room.monitor", *ENCODER, *FRAGMENTS, "-f", "mp4", self.path])

    def _launch(self, name, command, **more):
        environment = {**os.environ, "DISPLAY": getattr(self, "display", ""), "HOME": self.home, "XDG_RUNTIME_DIR": self.home,
                       "PULSE_SERVER": f"unix:{self.home}/sound"}
        with open(os.path.join(self.folder, f"{name}.log"), "w") as log:
            self.processes[name] = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)

    def _check(self):
        for name, process in self.processes.items():
            if process.poll() is not None:
                with open(os.path.join(self.folder, f"{name}.log")) as log:
                    raise RuntimeError(f"{name} ended with {process.returncode}: {log.read()[-400:]}")

    def _shows_everybody(self):
        self._check()
        if "error" in self.page.told:
            raise RuntimeError(f"the page says: {self.page.told['error']}")
        return "playing" in self.page.told

    def _stop(self):
        for process in reversed(self.processes.values()):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.growth.stop()
        self.page.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def _result(self, meter, window):
        seen = pictures.of_file(self.path, self.growth, self.case.tiles, window)
        _, complete = seen.first_complete() or (None, float("nan"))
        return Result(name=f"{self.case.title}, browser", cores=sum(meter.cores.values()), memory=sum(meter.memory.values()),
                      parts=meter.cores, frame_rate=seen.frame_rate(), delays=seen.delays(), first=complete - self.called,
                      complete=complete - self.called, on_disk=seen.rows[0][0] - self.called, busy=meter.busy)
