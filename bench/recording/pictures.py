"""How old a recorded picture is. The film of the benchmark (film.hpp) shows the number of each picture; picture n was sent
n / 30 s after a multiple of 6 s of the monotonic clock. So: the number in a picture, and when the picture came."""

import json
import os
import statistics
import subprocess
import threading
import time

RATE = 30
LOOP = 180  # pictures
WIDTH, HEIGHT = 1280, 720
BITS = 8


def points(tile):
    """Where to look for the fields of a number in a tile: film pictures fill it from the middle."""
    x, y, w, h = tile
    scale = max(w / WIDTH, h / HEIGHT)
    middle = (x + w / 2, y + h / 2)
    return [(round(middle[0] + (3 + i + 0.5 - 8) * WIDTH / 16 * scale), round(middle[1])) for i in range(2 + BITS)]


def brightness(gray, x, y):
    rows = (gray[(y + dy) * WIDTH + x - 1:(y + dy) * WIDTH + x + 2] for dy in (-1, 0, 1))
    return sum(sum(row) for row in rows) / 9


def number(gray, spots):
    """The number in a tile, None if there is none."""
    values = [brightness(gray, x, y) for x, y in spots]
    white, black = values[:2]
    if white - black < 90:
        return None
    bits = [(v - black) / (white - black) for v in values[2:]]
    if any(0.3 < bit < 0.7 for bit in bits):
        return None
    value = int("".join("1" if bit > 0.5 else "0" for bit in bits), 2)
    return value if value < LOOP else None


def numbers(path, tiles):
    """For each picture of a file the numbers in its tiles."""
    spots = [points(tile) for tile in tiles]
    decoder = subprocess.Popen(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-vf", f"scale={WIDTH}:{HEIGHT}", "-fps_mode",
                                "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"], stdout=subprocess.PIPE)
    with decoder:
        while len(gray := decoder.stdout.read(WIDTH * HEIGHT)) == WIDTH * HEIGHT:
            yield [number(gray, spot) for spot in spots]


def packets(path):
    """(time, where it ends in the file) of each encoded picture."""
    out = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,pos,size", "-of",
                          "json", path], capture_output=True, check=True).stdout
    return [(float(p["pts_time"]), int(p["pos"]) + int(p["size"])) for p in json.loads(out)["packets"]]


def age(came, value):
    """How long ago, at `came`, picture `value` was sent."""
    return (came * RATE - value) % LOOP / RATE


class Growth:
    """Notes when a file had grown to which size."""

    def __init__(self, path):
        self.path = path
        self.sizes = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while not self.over.wait(0.004):
            try:
                size = os.stat(self.path).st_size
            except OSError:
                continue
            if not self.sizes or size > self.sizes[-1][1]:
                self.sizes.append((time.monotonic(), size))

    def stop(self):
        self.over.set()
        self.thread.join()

    def arrivals(self, ends):
        """When each of these ascending places of the file had been written; those that had not are left out."""
        out, at = [], 0
        for end in ends:
            while at < len(self.sizes) and self.sizes[at][1] < end:
                at += 1
            if at == len(self.sizes):
                break
            out.append(self.sizes[at][0])
        return out


class Seen:
    """What became of the film in a recording: pictures (their tiles' numbers), their times in it, and when each came."""

    def __init__(self, pictures, times, arrivals, window):
        people = len(pictures[0]) if pictures else 0
        # Cameras are spread over one picture's time, evenly (crowd.cpp).
        self.spread = (people - 1) / (2 * people) / RATE if people else 0
        self.rows = list(zip(arrivals, pictures))
        inside = [i for i, came in enumerate(arrivals) if window[0] <= came <= window[1]]
        self.window = self.rows[inside[0]:inside[-1] + 1] if inside else []
        self.length = times[inside[-1]] - times[inside[0]] if inside else 0  # of the window, as the file has it

    def delays(self):
        means = [statistics.mean(age(came, v) for v in values) for came, values in self.window if None not in values]
        return [mean - self.spread for mean in means]

    def frame_rate(self):
        """New pictures a second, the mean of the tiles."""
        if self.length <= 0:
            return 0
        rows = [values for _, values in self.window]
        news = sum(a != b for before, after in zip(rows, rows[1:]) for a, b in zip(before, after) if b is not None)
        return news / len(rows[0]) / self.length

    def first_complete(self):
        """The index of the first picture that shows everybody, and when that was to be seen in the room."""
        for i, (came, values) in enumerate(self.rows):
            if None not in values:
                return i, came - statistics.mean(age(came, v) for v in values) + self.spread
        return None


def of_file(path, growth, tiles, window):
    coded = packets(path)
    return Seen(list(numbers(path, tiles)), [at for at, _ in coded], growth.arrivals(end for _, end in coded), window)
