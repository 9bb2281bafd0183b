// Runs in the page. Makes media whose owner can be told from its content, and recognises it at the other end: a flat colour
// with a bar that moves (so that a frozen picture shows), and a pure tone.
window.TestMedia = {
  /** A MediaStream with a `width`×`height` video of `color` ([r, g, b]) and a tone of `tone` Hz. */
  make({ color, tone, width = 320, height = 180, fps = 15 }) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const draw = canvas.getContext('2d');
    let frame = 0;
    const paint = () => {
      draw.fillStyle = `rgb(${color.join(',')})`;
      draw.fillRect(0, 0, width, height);
      draw.fillStyle = '#fff';
      const step = Math.round(width / 20);
      draw.fillRect((frame++ * step) % width, 0, step, Math.round(height / 8));
    };
    paint();
    setInterval(paint, 1000 / fps);
    const stream = canvas.captureStream(fps);
    if (tone) {
      const audio = (this.audio ??= new AudioContext());
      const oscillator = audio.createOscillator();
      const gain = audio.createGain();
      const out = audio.createMediaStreamDestination();
      oscillator.frequency.value = tone;
      gain.gain.value = 0.3;
      oscillator.connect(gain).connect(out);
      oscillator.start();
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  },

  videoOf(track) {
    const known = (this.videos ??= new Map());
    let video = known.get(track);
    if (!video) {
      video = document.createElement('video');
      video.muted = true;
      video.autoplay = true;
      video.playsInline = true;
      video.srcObject = new MediaStream([track]);
      document.body.append(video);
      known.set(track, video);
      video.play().catch(() => {});
    }
    return video;
  },

  /** {width, height, color: mean of the lower half, moving: the bar was seen in two places} or null without a picture. */
  async look(track) {
    const video = this.videoOf(track);
    if (!video.videoWidth) return null;
    const sample = () => {
      const canvas = document.createElement('canvas');
      canvas.width = 80;
      canvas.height = 45;
      const draw = canvas.getContext('2d', { willReadFrequently: true });
      draw.drawImage(video, 0, 0, 80, 45);
      const mean = [0, 0, 0];
      const lower = draw.getImageData(0, 20, 80, 25).data;
      for (let i = 0; i < lower.length; i += 4) for (let c = 0; c < 3; c++) mean[c] += lower[i + c];
      const top = draw.getImageData(0, 2, 80, 1).data;
      let brightest = 0;
      for (let x = 1; x < 80; x++) {
        const sum = (at) => top[at * 4] + top[at * 4 + 1] + top[at * 4 + 2];
        if (sum(x) > sum(brightest)) brightest = x;
      }
      return { mean: mean.map((v) => Math.round(v / (lower.length / 4))), bar: brightest };
    };
    const first = sample();
    let moving = false;
    for (let i = 0; i < 20 && !moving; i++) {
      await new Promise((done) => setTimeout(done, 100));
      moving = Math.abs(sample().bar - first.bar) >= 3;
    }
    return { width: video.videoWidth, height: video.videoHeight, color: first.mean, moving };
  },

  /** The loudest frequency of a remote audio track in Hz, 0 for silence. */
  async listen(track) {
    const audio = (this.audio ??= new AudioContext());
    await audio.resume();
    // A remote track is only decoded when an element plays it.
    const known = (this.analysers ??= new Map());
    let analyser = known.get(track);
    if (!analyser) {
      const element = new Audio();
      element.srcObject = new MediaStream([track]);
      element.muted = true;
      element.play().catch(() => {});
      analyser = audio.createAnalyser();
      analyser.fftSize = 8192;
      analyser.smoothingTimeConstant = 0;
      audio.createMediaStreamSource(element.srcObject).connect(analyser);
      analyser.element = element;
      known.set(track, analyser);
    }
    await new Promise((done) => setTimeout(done, 400));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    let loudest = 0;
    for (let i = 1; i < bins.length; i++) if (bins[i] > bins[loudest]) loudest = i;
    return bins[loudest] < -60 ? 0 : (loudest * audio.sampleRate) / analyser.fftSize;
  },
};
