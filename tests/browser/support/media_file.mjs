// What a recorded file holds, asked of ffprobe and ffmpeg: they share no code of ours.
import { execFileSync } from 'node:child_process';

const run = (program, args) => execFileSync(program, ['-v', 'error', ...args], { maxBuffer: 1 << 30 });
const RATE = 48000;

export class MediaFile {
  #sound;
  constructor(path) {
    this.path = path;
    const probed = JSON.parse(run('ffprobe', ['-of', 'json', '-show_format', '-show_streams', path]));
    this.duration = Number(probed.format.duration);
    this.format = probed.format.format_name;
    this.streams = probed.streams;
    this.video = probed.streams.find((s) => s.codec_type === 'video');
    this.audio = probed.streams.find((s) => s.codec_type === 'audio');
  }

  /** Presentation times of all pictures, in seconds, ascending. */
  pictureTimes() {
    const text = run('ffprobe', ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', this.path]).toString();
    return text.split(/[\s,]+/).filter(Boolean).map(Number).sort((a, b) => a - b);
  }
  /** Times of the key frames, in seconds. */
  keyTimes() {
    const text = run('ffprobe', ['-select_streams', 'v', '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', this.path]).toString();
    return text.split('\n').filter((l) => l.includes('K')).map((l) => Number(l.split(',')[0]));
  }

  /** The picture shown at `time` seconds: its pixels as RGB. */
  picture(time) {
    const { width, height } = this.video;
    const data = run('ffmpeg', ['-ss', String(Math.max(0, time)), '-i', this.path, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-']);
    if (data.length < width * height * 3) throw new Error(`no picture at ${time} s`);
    return new Pixels(data, width, height);
  }
  /** Decodes the whole file; what ffmpeg complains about. */
  complaints() {
    return run('ffmpeg', ['-xerror', '-i', this.path, '-f', 'null', '-']).toString();
  }

  /** Mono samples, -1 to 1. */
  get sound() {
    return (this.#sound ??= (() => {
      const data = run('ffmpeg', ['-i', this.path, '-vn', '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-']);
      return new Float32Array(data.buffer, data.byteOffset, Math.floor(data.length / 4));
    })());
  }
  /**
   * Amplitude of a tone between two times, the mean over tenths of a second; a full-scale sine has 1. Short windows, since
   * a sound card's clock drifts and lost packets are made up: over seconds even a steady tone is not in phase with itself.
   */
  tone(hertz, from, to) {
    const window = RATE / 10;
    let sum = 0, windows = 0;
    for (let at = Math.round(from * RATE); at + window <= Math.min(this.sound.length, Math.round(to * RATE)); at += window) {
      sum += amplitude(this.sound.subarray(at, at + window), hertz);
      ++windows;
    }
    return windows ? sum / windows : 0;
  }
  peak(from, to) {
    return this.sound.subarray(Math.round(from * RATE), Math.round(to * RATE)).reduce((m, s) => Math.max(m, Math.abs(s)), 0);
  }
}

/** Goertzel's. */
function amplitude(samples, hertz) {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let a = 0, b = 0;
  for (const sample of samples) [a, b] = [sample + coefficient * a - b, a];
  return (2 * Math.sqrt(Math.max(0, a * a + b * b - coefficient * a * b))) / samples.length;
}

export class Pixels {
  constructor(data, width, height) {
    Object.assign(this, { data, width, height });
  }
  /** Mean colour of the square around a point given in fractions of the picture. */
  around(x, y, half = 4) {
    const sum = [0, 0, 0];
    let count = 0;
    for (let j = Math.round(y * this.height) - half; j < Math.round(y * this.height) + half; ++j) {
      for (let i = Math.round(x * this.width) - half; i < Math.round(x * this.width) + half; ++i) {
        if (i < 0 || j < 0 || i >= this.width || j >= this.height) continue;
        for (let c = 0; c < 3; ++c) sum[c] += this.data[(j * this.width + i) * 3 + c];
        ++count;
      }
    }
    return sum.map((s) => Math.round(s / count));
  }
  /** Where on a grid of points this colour is: the centre of those points and their share of all, or null. */
  find(color, tolerance = 20) {
    let x = 0, y = 0, hits = 0, all = 0;
    for (let j = 4; j < this.height; j += 8) {
      for (let i = 4; i < this.width; i += 8) {
        const at = (j * this.width + i) * 3;
        ++all;
        if (color.every((v, c) => Math.abs(this.data[at + c] - v) < tolerance)) {
          x += i;
          y += j;
          ++hits;
        }
      }
    }
    return hits ? { x: x / hits / this.width, y: y / hits / this.height, share: hits / all } : null;
  }
}
