// Runs in the page. Plays the film of tests/integration/film.py live: pictures that carry their number, and each second a
// white flash and a tone that begin at once.
window.Film = class {
  /** `layout` is film.py's. */
  constructor(layout) {
    this.layout = layout;
    const canvas = document.createElement('canvas');
    canvas.width = 2 * layout.width;
    canvas.height = 2 * layout.height;
    this.draw_ = canvas.getContext('2d');
    this.draw_.scale(2, 2);
    this.audio_ = new AudioContext({ sampleRate: layout.rate });
    this.out_ = this.audio_.createMediaStreamDestination();
    this.stream = canvas.captureStream(layout.fps);
    this.stream.addTrack(this.out_.stream.getAudioTracks()[0]);
    this.tone_ = this.makeTone_();
    // A destination without a source makes no sound at all, not even silence, and the track would stand still.
    this.connectSilence_();
    this.begin_ = performance.now() + 500;
    /** Seconds before which the audio clock was found to have lost time: a starved machine made a block too late. */
    this.slips = [];
    /** Seconds whose flash was drawn. A starved page may have left it out. */
    this.flashed = [];
    this.beepsPlanned_ = 0;
    this.clock_ = [];
    this.next_();
  }

  /** The running second of the film. */
  second() {
    return Math.max(0, Math.floor((performance.now() - this.begin_) / 1000));
  }

  makeTone_() {
    const { rate, beep } = this.layout;
    // With a silent end: where nothing follows, what does not fill a block of 10 ms (or a packet) waits for the next sound.
    const tone = this.audio_.createBuffer(1, (beep + 0.05) * rate, rate);
    const samples = tone.getChannelData(0);
    for (let i = 0; i < beep * rate; ++i) samples[i] = 0.35 * Math.sin((2 * Math.PI * 1000 * i) / rate);
    return tone;
  }

  connectSilence_() {
    this.silence_ = this.audio_.createConstantSource();
    this.silence_.offset.value = 0;
    this.silence_.connect(this.out_);
    this.silence_.start();
  }
  /** From now on there is nothing between two beeps: as when an application plays sounds and then none. */
  stopSilence() {
    this.silence_.stop();
  }

  /** Each picture at its own instant; one for which the page is too late is left out, none is drawn for another. */
  next_() {
    const { fps } = this.layout;
    const film = (performance.now() - this.begin_) / 1000;
    const number = Math.floor(film * fps + 0.01);
    if (number >= 0 && number !== this.number_) this.paint_((this.number_ = number));
    this.planBeep_(film);
    setTimeout(() => this.next_(), Math.max(0, ((number + 1) / fps - film) * 1000));
  }

  /**
   * A third of a second ahead. The time of audio stands still between two blocks that are made, and it falls behind where a
   * starved machine made one too late: of the last second's readings, the one that is ahead most was taken just behind a block.
   */
  planBeep_(film) {
    this.clock_.push(this.audio_.currentTime - film);
    if (this.clock_.length > this.layout.fps) this.clock_.shift();
    if (film < this.beepsPlanned_ - 0.33) return;
    const at = this.beepsPlanned_++;
    const clock = Math.max(...this.clock_);
    if (clock < this.planned_ - 0.01) this.slips.push(at);
    this.planned_ = clock;
    if (at < film) return;
    const source = this.audio_.createBufferSource();
    source.buffer = this.tone_;
    source.connect(this.out_);
    source.start(at + clock);
  }

  paint_(number) {
    const { bits, bars, width, height, left, top, bottom, flash, flashTop, flashBottom, fps } = this.layout;
    const rectangle = (white, x, y, w, h) => {
      this.draw_.fillStyle = white ? '#fff' : '#000';
      this.draw_.fillRect(x, y, w, h);
    };
    rectangle(false, 0, 0, width, height);
    const wide = Math.floor((width - 2 * left) / bars);
    const code = [0, 1, ...Array.from({ length: bits }, (_, i) => (number >> i) & 1)];
    code.push(...code.slice(2).map((bit) => 1 - bit));
    code.forEach((bar, i) => rectangle(bar, left + i * wide, top, wide, bottom - top));
    if (number % fps < flash && this.flashed.at(-1) !== Math.floor(number / fps)) this.flashed.push(Math.floor(number / fps));
    rectangle(number % fps < flash, 0, flashTop, width, flashBottom - flashTop);
  }

  /** Chromium's own recording of the same tracks, which tells how far apart flash and beep are at the source. */
  record() {
    const recorder = new MediaRecorder(this.stream, { mimeType: 'video/webm;codecs=vp8,pcm', videoBitsPerSecond: 1_500_000 });
    const pieces = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.start(500);
    /** Base64 of the file. */
    this.recorded = async () => {
      await new Promise((done) => {
        recorder.onstop = done;
        recorder.stop();
      });
      const url = await new Promise((done) => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result);
        reader.readAsDataURL(new Blob(pieces));
      });
      return url.slice(url.indexOf(',') + 1);
    };
  }
};
