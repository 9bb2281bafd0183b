"""Flash and beep: a film with a flash and a tone each second is played into a room by a native participant and recorded by
the real worker. In the file each flash must stand where its tone begins, also behind a pause, behind the death of a worker,
while others come, share and go and the layout changes, and where the network loses packets."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import film
from recorded import RecordedRoom
from support import eventually

# A composed picture shows what was there at its instant, which lies up to a picture (33 ms) behind the capture.
MOST = 40
# The one tile of the room in the picture (media/grid: 16 pixels beside it at 720 lines).
TILE = (0.0125, 0.0125, 0.975, 0.975)


class Sync(RecordedRoom):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="parley-film-")
        cls.film = os.path.join(cls.folder.name, "film.mkv")
        film.make(cls.film, 90)
        own = [offset for _, offset in film.Read(cls.film).offsets()]
        assert max(map(abs, own)) < 2, own
        cls.own = sum(own) / len(own)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, read, stretches):
        """`stretches`: (name, from, to) in the file, each of which must show at least half of its flashes."""
        offsets = [(at, offset - self.own) for at, offset in read.offsets()]
        for name, begin, end in stretches:
            here = [round(offset) for at, offset in offsets if begin <= at < end]
            print(f"\n  {name}: {end - begin:.1f} s, from beep to flash {here} ms", end="", flush=True)
            self.assertGreaterEqual(len(here), (end - begin) // 2, name)
            self.assertLessEqual(max(map(abs, here)), MOST, name)

    def test_flash_and_beep_agree_also_behind_a_pause_and_a_killed_worker(self):
        self.publish(self.film)
        recording = self.start()
        time.sleep(6)  # this and what follows is what is recorded
        self.api("POST", "/v2/recordings/pause")
        time.sleep(2)
        self.api("POST", "/v2/recordings/resume")
        time.sleep(5)
        killed = eventually("the worker", self.worker_pid)
        os.kill(killed, signal.SIGKILL)
        eventually("another worker's part", lambda: os.path.exists(self.path_of(recording, "part-3.mp4")))
        time.sleep(6)
        done = self.end(recording)
        read = film.Read(self.file_of(done), TILE)
        self.assertEqual(read.complaints, "")
        jumps = list(read.jumps())
        self.assertEqual(len(jumps), 2, jumps)
        (pause, *_), (death, *_) = jumps
        self.check(read, [("at first", 0, pause), ("behind the pause", pause, death), ("behind the death", death, read.duration)])

    def test_flash_and_beep_agree_while_others_come_share_and_go_and_the_layout_changes(self):
        other = os.path.join(self.folder.name, "other.mkv")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", "-t", "9", "-c:v", "libx264",
                        "-preset", "ultrafast", other], check=True)
        self.publish(self.film)
        recording = self.start()
        began = self.began(recording)

        def elapsed():
            return time.time() - began

        time.sleep(5)
        joins = elapsed()
        self.publish(other, "bob")
        time.sleep(2)  # a grid of two: the film stands elsewhere
        self.api("POST", "/v2/recordings/layout", config={"layout": {"type": "SPOTLIGHT", "priority": "SPEAKER"}})
        in_the_light = elapsed() + 1.5  # tiles move to their new places
        self.assertEqual(self.publishers[-1].wait(60), 0, "bob left at the end of his film")
        leaves = elapsed()
        self.api("POST", "/v2/recordings/layout", config={"layout": {"type": "GRID", "priority": "SPEAKER"}})
        self.publish(other, "cleo", "--as", "share")
        self.assertEqual(self.publishers[-1].wait(60), 0, "cleo left at the end of hers")
        alone_again = elapsed() + 1.5
        time.sleep(6.5)
        done = self.end(recording)
        read = film.Read(self.file_of(done), TILE)
        self.assertEqual(read.complaints, "")
        self.assertEqual(list(read.jumps()), [], "no time is lost")
        self.check(read, [("alone", 0, joins), ("in a spotlight, with another in the room", in_the_light, leaves),
                          ("alone again behind a share", alone_again, read.duration)])

    def test_flash_and_beep_agree_where_packets_are_lost(self):
        # Each datagram passes `input` once, so that each direction loses its share.
        rules = "table inet lossy {\nchain input {\ntype filter hook input priority 0;\nmeta l4proto udp numgen random mod 100 < 5 counter drop\n}\n}"
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
        try:
            self.publish(self.film)
            recording = self.start()
            began = self.began(recording)
            time.sleep(15)
            recorded = time.time() - began
            done = self.end(recording)
            counted = subprocess.run(["nft", "list", "table", "inet", "lossy"], capture_output=True, text=True, check=True).stdout
        finally:
            subprocess.run(["nft", "delete", "table", "inet", "lossy"], check=True)
        lost = int(counted.split("counter packets ")[1].split()[0])
        read = film.Read(self.file_of(done), TILE)
        print(f"\n  {lost} datagrams were dropped; {len(read.pictures)} of {len(read.times)} pictures can be read", end="", flush=True)
        self.assertGreater(lost, 50, "the network was bad")
        self.assertEqual(read.complaints, "")
        self.assertAlmostEqual(read.duration, recorded, delta=1)
        self.assertGreater(len(read.pictures), len(read.times) / 2)
        self.check(read, [("5 % loss", 0, read.duration)])


if __name__ == "__main__":
    # A network of its own: what is lost there is lost to nobody else.
    if os.environ.get("PARLEY_OWN_NETWORK") != "yes":
        alone = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
        os.environ["PARLEY_OWN_NETWORK"] = "yes"
        os.execvp(alone[0], [*alone, sys.executable, "-B", *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    unittest.main()
