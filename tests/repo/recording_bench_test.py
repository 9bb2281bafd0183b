"""What bench/recording reads out of pictures, and the tables it makes: the parts that need no server."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench" / "recording"), str(ROOT / "tests" / "integration")]
import pictures  # noqa: E402
import tables  # noqa: E402
from case import Result  # noqa: E402

TILES = [[30, 10, 400, 226], [440, 10, 400, 226], [0, 360, 640, 360]]


def picture(numbers):
    """A grey picture of which each tile shows a number as the film does; None: no number."""
    gray = bytearray([110]) * (pictures.WIDTH * pictures.HEIGHT)
    for tile, number in zip(TILES, numbers):
        if number is None:
            continue
        for bit, (x, y) in zip([1, 0, *(number >> (7 - i) & 1 for i in range(8))], pictures.points(tile)):
            for row in range(y - 3, y + 4):
                gray[row * pictures.WIDTH + x - 3:row * pictures.WIDTH + x + 4] = bytes([210 if bit else 40]) * 7
    return bytes(gray)


class Numbers(unittest.TestCase):
    def read(self, gray):
        return [pictures.number(gray, pictures.points(tile)) for tile in TILES]

    def test_every_number_is_read_from_every_tile(self):
        for n in range(pictures.LOOP):
            wanted = [n, (n + 60) % pictures.LOOP, pictures.LOOP - 1 - n]
            self.assertEqual(self.read(picture(wanted)), wanted)

    def test_an_avatar_has_no_number(self):
        self.assertEqual(self.read(picture([None, 7, None])), [None, 7, None])

    def test_what_cannot_be_a_number_is_none(self):
        self.assertEqual(self.read(picture([pictures.LOOP, 255, 0])), [None, None, 0])

    def test_age_goes_over_the_end_of_the_film(self):
        self.assertAlmostEqual(pictures.age(600.5, 6), 0.3)  # 600 s: a multiple of the loop's 6 s
        self.assertAlmostEqual(pictures.age(600.1, 177), 0.2)


class WhatWasSeen(unittest.TestCase):
    def seen(self, delay, step=1, people=2):
        times = [i / 30 for i in range(90)]
        rows = [[i // step * step % pictures.LOOP] * people for i in range(90)]
        return pictures.Seen(rows, times, [6000 + t + delay for t in times], (6000, 6010))

    def test_delay_and_rate(self):
        seen = self.seen(0.25)
        self.assertAlmostEqual(seen.frame_rate(), 30, delta=0.1)
        # Half of the cameras are half a picture's time later than the other half.
        self.assertAlmostEqual(sum(seen.delays()) / len(seen.delays()), 0.25 - 1 / 120, places=3)

    def test_a_recorder_that_shows_each_third_picture(self):
        self.assertAlmostEqual(self.seen(0.25, step=3).frame_rate(), 10, delta=0.5)  # the window cuts into a step

    def test_the_first_picture_with_everybody(self):
        rows = [[None, 0], [1, None], [2, 2]]
        seen = pictures.Seen(rows, [0, 1 / 30, 2 / 30], [6001, 6001, 6001], (6000, 6010))
        index, shown = seen.first_complete()
        self.assertEqual(index, 2)
        self.assertAlmostEqual(shown, 6000 + 2 / 30 + 1 / 120)

    def test_arrivals_of_places_in_a_growing_file(self):
        growth = pictures.Growth.__new__(pictures.Growth)
        growth.sizes = [(1.0, 100), (1.5, 300)]
        self.assertEqual(growth.arrivals([50, 100, 101, 300, 301]), [1.0, 1.0, 1.5, 1.5])


class Tables(unittest.TestCase):
    def result(self, name, cores, parts, **more):
        return Result(name=name, cores=cores, memory=100_000_000, parts=parts, frame_rate=30, delays=[0.5, 0.6, 0.7], first=0.1,
                      complete=0.2, on_disk=0.9, busy=1, **more)

    def test_a_recording_beside_a_browser(self):
        parts = dict.fromkeys(tables.PARTS, 0.05)
        text = tables.text([self.result("9 tiles", 0.5, parts, rtmp_delays=[0.4]), self.result("9 tiles, browser", 2, {"Chromium": 2})],
                           [150, 450, 1300], 12)
        self.assertIn("| 9 tiles | 0.50 | 100 | 30.0 | 100 | 200 | 900 | 600 (600) | 400 (400) | 1.00 |", text)
        self.assertIn("| 9 tiles | 4.0 | 1.0 | 4.0 | 1.0 | 1.0 |", text)

    def test_a_browser_that_recorded_nothing_breaks_no_table(self):
        nothing = self.result("1 tiles, browser", 1, {"Chromium": 1})
        nothing.frame_rate, nothing.delays = 0, []
        self.assertIn("nan", tables.text([self.result("1 tiles", 0.5, dict.fromkeys(tables.PARTS, 0.05)), nothing], [1, 2, 3], 1))


if __name__ == "__main__":
    unittest.main()
