/** Tracks and streams without a browser. Only what the SDK uses of them. */

let created = 0;

export class FakeTrack extends EventTarget {
  readyState: MediaStreamTrackState = 'live';
  contentHint = '';
  enabled = true;
  label = 'fake';
  stopped = 0;
  readonly id = `track-${++created}`;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly settings: MediaTrackSettings = {},
  ) {
    super();
  }

  getSettings(): MediaTrackSettings {
    return this.settings;
  }

  stop(): void {
    this.stopped++;
    this.readyState = 'ended';
  }

  /** The device was unplugged, or the user ended the capture. */
  end(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

export class FakeStream {
  constructor(private readonly tracks_: FakeTrack[]) {}
  getTracks(): FakeTrack[] {
    return this.tracks_;
  }
  getAudioTracks(): FakeTrack[] {
    return this.tracks_.filter(({ kind }) => kind === 'audio');
  }
  getVideoTracks(): FakeTrack[] {
    return this.tracks_.filter(({ kind }) => kind === 'video');
  }
}

export function asTrack(track: FakeTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

export function asStream(...tracks: FakeTrack[]): MediaStream {
  return new FakeStream(tracks) as unknown as MediaStream;
}

export function camera(width = 1280, height = 720): FakeTrack {
  return new FakeTrack('video', { width, height, deviceId: 'camera-1' });
}

export function microphone(): FakeTrack {
  return new FakeTrack('audio', { deviceId: 'mic-1' });
}
