"""The figures as Markdown."""

import math
import platform
import statistics

PARTS = ("decode", "scale", "paint", "encode", "sound", "write", "receive and the rest")


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def ms(seconds):
    return "–" if seconds is None or math.isnan(seconds) else f"{seconds * 1000:.0f}"


def typical(delays):
    return ms(statistics.median(delays) if delays else None)


def worst(delays):
    """The 95th percentile."""
    return ms(sorted(delays)[int(0.95 * (len(delays) - 1))] if delays else None)


def summary(result):
    out = f"{result.cores:.2f} cores, {result.memory / 1e6:.0f} MB, first picture {ms(result.first)} ms, delay {typical(result.delays)} ms"
    if result.rtmp_delays:
        out += f", RTMP {typical(result.rtmp_delays)} ms"
    return out + f", {result.frame_rate:.1f} pictures a second, machine busy {result.busy:.2f}"


def is_browser(result):
    return "browser" in result.name


def rival(result, results):
    return next((r for r in results if r.name == f"{result.name}, browser"), None)


def overview(results):
    out = ["| | cores | memory, MB | pictures a second | first picture, ms | everybody, ms | on disk, ms | delay to file, ms (p95) | delay to RTMP, "
           "ms (p95) | machine busy |", "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for r in results:
        rtmp = f"{typical(r.rtmp_delays)} ({worst(r.rtmp_delays)})" if r.rtmp_delays else ""
        out.append(f"| {r.name} | {r.cores:.2f} | {r.memory / 1e6:.0f} | {r.frame_rate:.1f} | {ms(r.first)} | {ms(r.complete)} | "
                   f"{ms(r.on_disk)} | {typical(r.delays)} ({worst(r.delays)}) | {rtmp} | {r.busy:.2f} |")
    return out


def split(results):
    rows = [r for r in results if not is_browser(r)]
    out = [f"| Parley, cores | {' | '.join(PARTS)} |", "|---|" + "---:|" * len(PARTS)]
    return out + [f"| {r.name} | " + " | ".join(f"{r.parts[p]:.3f}" for p in PARTS) + " |" for r in rows]


def browsers(results):
    rows = [r for r in results if is_browser(r)]
    if not rows:
        return []
    parts = list(rows[0].parts)
    out = ["", f"| browser, cores | {' | '.join(parts)} |", "|---|" + "---:|" * len(parts)]
    return out + [f"| {r.name} | " + " | ".join(f"{r.parts[p]:.3f}" for p in parts) + " |" for r in rows]


def ratios(results):
    pairs = [(r, other) for r in results if (other := rival(r, results))]
    if not pairs:
        return []
    out = ["", "| browser / Parley | cores | memory | cores for each picture a second of a tile | until everybody is recorded | delay to file |",
           "|---|---:|---:|---:|---:|---:|"]
    for r, b in pairs:
        each = (b.cores / b.frame_rate) / (r.cores / r.frame_rate) if b.frame_rate and r.frame_rate else math.nan
        delay = statistics.median(b.delays) / statistics.median(r.delays) if b.delays and r.delays else math.nan
        out.append(f"| {r.name} | {b.cores / r.cores:.1f} | {b.memory / r.memory:.1f} | {each:.1f} | {b.complete / r.complete:.1f} | {delay:.1f} |")
    return out


def text(results, kbps, seconds):
    layers = ", ".join(f"{lines}p at {rate:.0f}" for lines, rate in zip((180, 360, 720), kbps))
    out = [f"Machine: {processor()}, Linux {platform.release()}. {seconds:.0f} s each. Sent by everybody: VP8 at 30 a second, {layers} kbit/s.",
           "", *overview(results), "", *split(results), *browsers(results), *ratios(results)]
    return "\n".join(out)
