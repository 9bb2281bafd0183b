"""A film from which can be read what was lost and moved: each picture carries its number as bars of black and white, each
second begins with a white flash and a tone of 1 kHz, both 100 ms long. And what reads it out of a file by ffmpeg."""

import array
import bisect
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

RATE = 48000
FPS = 30
BITS = 13                       # 8192 pictures, four and a half minutes
WIDTH, HEIGHT = 320, 180
FLASH = 3                       # pictures
BEEP = 0.1                      # seconds
# Two bars that are always black and white, then the number, then its bits turned over: what is half one picture and half
# another is no number.
BARS = 2 + 2 * BITS
LEFT = 20                       # columns beside them
TOP, BOTTOM = 20, 80            # rows of the bars; below is the flash, above the label that a tile has at its foot
FLASH_TOP, FLASH_BOTTOM = 95, 135


def bars_of(number):
    bits = [number >> i & 1 for i in range(BITS)]
    return [0, 1] + bits + [1 - bit for bit in bits]


def picture(number):
    """Its luma plane."""
    dark, bright = b"\x10", b"\xeb"
    wide = (WIDTH - 2 * LEFT) // BARS
    row = dark * LEFT + b"".join((bright if bar else dark) * wide for bar in bars_of(number))
    row = row.ljust(WIDTH, dark)
    flash = (bright if number % FPS < FLASH else dark) * WIDTH
    black = dark * WIDTH
    return (black * TOP + row * (BOTTOM - TOP) + black * (FLASH_TOP - BOTTOM) + flash * (FLASH_BOTTOM - FLASH_TOP) +
            black * (HEIGHT - FLASH_BOTTOM))


def make(path, seconds):
    """Matroska with H.264 and PCM, whose times are exact."""
    tone = array.array("h", (int(12000 * math.sin(2 * math.pi * 1000 * i / RATE)) for i in range(int(BEEP * RATE))))
    second = tone.tobytes() + bytes(2 * (RATE - len(tone)))
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(path)) as sound:
        sound.write(second * seconds)
        sound.flush()
        encoder = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
             "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", sound.name, "-vf", "scale=in_range=tv:out_range=tv,format=yuv420p",
             "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-qp", "12", "-g", str(FPS), "-c:a", "pcm_s16le", path],
            stdin=subprocess.PIPE)
        for number in range(seconds * FPS):
            encoder.stdin.write(picture(number))
        encoder.stdin.close()
        assert encoder.wait() == 0


class Read:
    """What a file shows: `pictures`, (time, number, flash) of each picture whose number can be read; `beeps`, the times at
    which tones begin."""

    def __init__(self, path, tile=(0, 0, 1, 1)):
        self.path = path
        self.tile = tile
        self.complaints = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-"], capture_output=True,
                                         text=True).stderr
        probed = json.loads(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "packet=pts_time:format=duration", "-select_streams",
                                            "v", "-of", "json", path], capture_output=True, check=True).stdout)
        self.times = sorted(float(packet["pts_time"]) for packet in probed["packets"])
        # A browser's own recording does not say how long it is.
        self.duration = float(probed["format"].get("duration", self.times[-1]))
        self.pictures = list(self._pictures())
        self.beeps = list(self._beeps())

    def _pictures(self):
        # A third of a megabyte a second instead of forty: the tile, as small as can be read.
        x, y, width, height = self.tile
        crop = f"crop=iw*{width}:ih*{height}:iw*{x}:ih*{y},scale={WIDTH}:{HEIGHT}:flags=area,format=gray"
        decoder = subprocess.Popen(["ffmpeg", "-v", "error", "-i", self.path, "-map", "0:v", "-vf", crop, "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "rawvideo",
                                    "-"], stdout=subprocess.PIPE)
        for time in self.times:
            data = decoder.stdout.read(WIDTH * HEIGHT)
            if len(data) < WIDTH * HEIGHT:
                break
            number = self._number(data)
            if number is not None:
                yield time, number, data[(FLASH_TOP + FLASH_BOTTOM) // 2 * WIDTH + WIDTH * 3 // 4] > 125
        decoder.stdout.close()
        decoder.wait()

    @staticmethod
    def _number(data):
        wide = (WIDTH - 2 * LEFT) // BARS
        row = (TOP + BOTTOM) // 2 * WIDTH
        bars = [data[row + LEFT + wide * i + wide // 2] for i in range(BARS)]
        if any(70 < bar < 180 for bar in bars):
            return None
        bits = [bar > 125 for bar in bars]
        number = sum(bit << i for i, bit in enumerate(bits[2:2 + BITS]))
        return number if bits == [bool(bar) for bar in bars_of(number)] else None

    def _beeps(self):
        # By the times of the packets, as players do: where they leave a hole (at a joint), silence fills it.
        filled = "aresample=async=1:min_hard_comp=0.005:first_pts=0"
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", self.path, "-map", "0:a", "-af", filled, "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"],
                             capture_output=True, check=True).stdout
        samples = array.array("h", raw[:len(raw) // 2 * 2])
        block = RATE // 1000
        loud = [max(samples[i:i + block], default=0) for i in range(0, len(samples), block)]
        if not loud:
            return
        limit = max(loud) / 4
        begin, last = None, -1000  # milliseconds
        for i, level in enumerate([*loud, *[0] * 300, limit]):
            if level < limit:
                continue
            if i - last > 300:     # less is a hole in a tone
                # A tone much shorter than it was lost its beginning with a packet or two: when it began is not to be heard.
                if begin is not None and last - begin >= 70:
                    yield begin / 1000
                begin = i
            last = i

    def flashes(self):
        """(time, second of the film) at which each flash begins. If its first picture was left out, the time at which it
        would have been is told by a later one's number."""
        seen = set()
        for time, number, flash in self.pictures:
            second, late = divmod(number, FPS)
            if flash and late < FLASH and second not in seen:
                seen.add(second)
                yield time - late / FPS, second

    def lip_sync(self):
        """(time, second of the film, milliseconds from the beep to the flash) of each flash that has a beep."""
        for time, second in self.flashes():
            near = self.beeps[max(0, bisect.bisect(self.beeps, time) - 1):][:2]
            beep = min(near, key=lambda beep: abs(beep - time), default=None)
            if beep is not None and abs(beep - time) < 0.5:
                yield time, second, (time - beep) * 1000

    def offsets(self):
        """The same without the second."""
        for time, _, offset in self.lip_sync():
            yield time, offset

    def jumps(self, least=0.5):
        """(time, last number before, first number after) where the film goes on more than `least` seconds later than the
        file does."""
        for (before, last, _), (after, first, _) in zip(self.pictures, self.pictures[1:]):
            if (first - last) / FPS - (after - before) > least:
                yield after, last, first

    def film_begins(self, until=math.inf):
        """The time in the file at which the film's first picture would stand, by the pictures up to a time."""
        return statistics.median(time - number / FPS for time, number, _ in self.pictures if time <= until)


def layout():
    """What another source of the film must know."""
    return {"rate": RATE, "fps": FPS, "bits": BITS, "bars": BARS, "width": WIDTH, "height": HEIGHT, "left": LEFT, "top": TOP, "bottom": BOTTOM,
            "flash": FLASH, "flashTop": FLASH_TOP, "flashBottom": FLASH_BOTTOM, "beep": BEEP}


if __name__ == "__main__":  # `film.py layout`, or what a file shows: `film.py <file> [<tile>]`
    if sys.argv[1:] == ["layout"]:
        shown = layout()
    else:
        read = Read(sys.argv[1], tuple(map(float, sys.argv[2:6])) or (0, 0, 1, 1))
        shown = {"duration": read.duration, "complaints": read.complaints, "pictures": len(read.times), "readable": len(read.pictures),
                 "beeps": len(read.beeps), "jumps": list(read.jumps()),
                 "flashes": [{"at": at, "second": second, "offset": offset} for at, second, offset in read.lip_sync()]}
    print(json.dumps(shown))
