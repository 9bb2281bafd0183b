"""A disk that fills up under a recording: a tmpfs of its own, in a mount namespace."""

import os
import subprocess
import sys
import tempfile
import time
import unittest

import film
from recorded import RecordedRoom
from support import Server, eventually

# More than the server asks for before it starts a recording (256 MB).
DISK = 300
TILE = (0.0125, 0.0125, 0.975, 0.975)


class DiskFull(RecordedRoom):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="parley-film-")
        cls.film = os.path.join(cls.folder.name, "film.mkv")
        film.make(cls.film, 120)
        cls.disk = os.path.join(cls.folder.name, "disk")
        os.mkdir(cls.disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", cls.disk], check=True)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["umount", cls.disk], check=True)
        cls.folder.cleanup()

    def make_server(self):
        return Server("--log-level", "debug", data_dir=os.path.join(self.disk, "data"))

    def fill(self):
        """Leaves nothing."""
        filler = os.path.join(self.disk, "filler")
        with open(filler, "wb", buffering=0) as out:
            try:
                while True:
                    out.write(bytes(1 << 16))
            except OSError:
                pass
        return filler

    def test_what_was_recorded_is_kept_and_nobody_else_notices(self):
        self.publish(self.film)
        recording = self.start()
        other_room = self.server.make_room()
        ben = self.server.join(other_room, "ben")
        time.sleep(6)  # this is what is recorded
        filler = self.fill()
        # Its file grows no more, and cannot be joined as long as there is no room for it. The store has no room either.
        eventually("the recording to end", lambda: self.worker_pid() is None)
        # The meeting goes on, and so does another room.
        self.assertIsNone(self.publishers[0].poll())
        self.assertEqual(len(self.server.api("GET", f"/v2/sessions?roomId={self.room}&status=ongoing").json["data"]), 1)
        self.server.join(other_room, "cleo")
        ben.receive("participant_joined")
        refused = self.server.api("POST", "/v2/recordings/start", {"roomId": other_room})
        self.assertEqual(refused.status, 507, refused.data)
        # Somebody makes room: what was recorded becomes a file.
        os.remove(filler)
        done = self.until(recording, "RECORDING_FAILED", 200)
        print(f"\n  {done['error']}", end="", flush=True)
        self.assertEqual(done["error"]["code"], "disk-full")
        self.assertGreater(len(done["error"]["message"]), 10)
        self.assertEqual(len(done["files"]), 1)
        read = film.Read(self.file_of({**done, "file": done["files"][0]}), TILE)
        self.assertEqual(read.complaints, "")
        print(f"\n  {read.duration:.1f} s were kept", end="", flush=True)
        self.assertGreater(read.duration, 4)
        self.assertGreater(len(read.pictures), len(read.times) / 2)
        # And there is recorded again as if nothing had been.
        again = self.start()
        time.sleep(2)
        self.assertGreater(film.Read(self.file_of(self.end(again)), TILE).duration, 1)


if __name__ == "__main__":
    # Mounts of its own, which end with it.
    if os.environ.get("PARLEY_OWN_MOUNTS") != "yes":
        alone = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
        os.environ["PARLEY_OWN_MOUNTS"] = "yes"
        os.execvp(alone[0], [*alone, sys.executable, "-B", *sys.argv])
    unittest.main()
