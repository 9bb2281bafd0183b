"""An RTMP server (nginx) and a viewer of it that notes when each picture came."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import pictures
from support import eventually, free_port


class RtmpServer:
    def __init__(self):
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="parley-rtmp-")
        self.url = f"rtmp://127.0.0.1:{self.port}/live"
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w") as file:
            file.write(f"""
              load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
              daemon off; master_process off; worker_processes 1; pid {self.folder}/pid; error_log stderr error;
              events {{ worker_connections 64; }}
              rtmp {{ server {{ listen 127.0.0.1:{self.port}; chunk_size 4096;
                application live {{ live on; record off; allow publish all; allow play all; }} }} }}""")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", self.folder, "-c", path], stdout=subprocess.DEVNULL)
        eventually("nginx to listen", self._listens, 10)

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Viewer:
    """Plays a stream, without decoding it until it is over."""

    def __init__(self, url, folder):
        self.path = os.path.join(folder, "viewed.flv")
        self.arrivals = []
        self.process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-fflags", "nobuffer", "-analyzeduration", "1500000", "-rw_timeout", "10000000", "-i", url, "-map",
             "0:v", "-c", "copy", "-flush_packets", "1", "-f", "flv", "-"], stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        """FLV: a header of 9 bytes, then tags of 11 bytes, data and 4 bytes. Type 9 is video, and its second byte 1 a picture."""
        with open(self.path, "wb") as out:
            out.write(self._exactly(13))
            while len(head := self._exactly(11)) == 11:
                data = self._exactly(int.from_bytes(head[1:4], "big") + 4)
                if head[0] == 9 and data[1:2] == b"\x01":
                    self.arrivals.append(time.monotonic())
                out.write(head + data)

    def _exactly(self, size):
        return self.process.stdout.read(size)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()

    def seen(self, tiles, window):
        times = [at for at, _ in pictures.packets(self.path)]
        return pictures.Seen(list(pictures.numbers(self.path, tiles)), times, self.arrivals[:len(times)], window)
