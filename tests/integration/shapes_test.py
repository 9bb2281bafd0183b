"""A camera that changes while it is recorded: twice the size after six seconds, held sideways after twelve, which it tells by
the video orientation extension. In the file it stays in its place, upright and undistorted, and no time is lost."""

import os
import subprocess
import tempfile
import time
import unittest

import film
from recorded import RecordedRoom

TILE = (0.0125, 0.0125, 0.975, 0.975)
CHANGES = (6, 12, 18)


def pieces(folder):
    """One film of three pieces, as MPEG-TS, which can be put one behind the other."""
    whole = os.path.join(folder, "whole.mkv")
    film.make(whole, CHANGES[-1])
    path = os.path.join(folder, "film.ts")
    # The last one tells in an SEI message how far it has to be turned, as phones do.
    shapes = (["-vf", "scale=320:180"], ["-vf", "scale=640:360:flags=neighbor"],
              ["-vf", "transpose=cclock", "-bsf:v", "h264_metadata=display_orientation=insert:rotate=270"])
    with open(path, "wb") as out:
        for i, (begin, end, shape) in enumerate(zip((0, *CHANGES), CHANGES, shapes)):
            piece = subprocess.run(["ffmpeg", "-v", "error", "-ss", str(begin), "-t", str(end - begin), "-i", whole, "-an", *shape, "-c:v", "libx264",
                                    "-preset", "ultrafast", "-tune", "zerolatency", "-qp", "12", "-g", str(film.FPS), "-x264-params", f"sps-id={i}", "-output_ts_offset", str(begin), "-muxdelay", "0",
                                    "-f", "mpegts", "-"], capture_output=True, check=True)
            out.write(piece.stdout)
    return path


class Shapes(RecordedRoom):
    def test_a_camera_that_grows_and_is_turned(self):
        with tempfile.TemporaryDirectory(prefix="parley-film-") as folder:
            path = pieces(folder)
            self.publish(path)
            recording = self.start()
            began = self.began(recording)
            ended = self.publishers[0].wait(60)
            recorded = time.time() - began
            done = self.end(recording)
        self.assertEqual(ended, 0)
        read = film.Read(self.file_of(done), TILE)
        self.assertEqual(read.complaints, "")
        # It begins where the publisher came in, and each piece is found where it belongs.
        begins = read.film_begins(CHANGES[0] - 2)
        for begin, end in zip((0, *CHANGES), CHANGES):
            here = [(at, number) for at, number, _ in read.pictures if begin * film.FPS <= number < end * film.FPS]
            moved = [at - number / film.FPS - begins for at, number in here]
            print(f"\n  seconds {begin} to {end}: {len(here)} pictures, at most {max(map(abs, moved), default=0) * 1000:.0f} ms from their place",
                  end="", flush=True)
            self.assertGreater(len(here), (end - begin) * film.FPS / 3, "they can be read in the same place")
            late = sorted(moved)[len(moved) // 2]
            self.assertLess(abs(late), 0.1, "the timeline is whole")
        self.assertAlmostEqual(read.duration, recorded, delta=2)


if __name__ == "__main__":
    unittest.main()
