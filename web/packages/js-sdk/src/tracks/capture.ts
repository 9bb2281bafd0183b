import type { CameraTrackOptions, MicrophoneTrackOptions, ScreenShareTrackOptions } from '../api/tracks.js';
import type { Browser } from '../browser/adapter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { describeTrack, kDefaultCamera, kDefaultShare, kDefaultShareAudio, markCaptured } from './encoding.js';
import { kCameraPresets, kMicrophonePresets, kSharePresets } from './presets.js';

type Device = 'camera' | 'microphone' | 'screen';

const kCodes: Record<Device, { unsupported: number; denied: number; missing: number; busy: number }> = {
  camera: {
    unsupported: ErrorCode.CAMERA_UNSUPPORTED,
    denied: ErrorCode.CAMERA_PERMISSION_DENIED,
    missing: ErrorCode.CAMERA_NOT_FOUND,
    busy: ErrorCode.CAMERA_IN_USE,
  },
  microphone: {
    unsupported: ErrorCode.MICROPHONE_UNSUPPORTED,
    denied: ErrorCode.MICROPHONE_PERMISSION_DENIED,
    missing: ErrorCode.MICROPHONE_NOT_FOUND,
    busy: ErrorCode.MICROPHONE_IN_USE,
  },
  screen: {
    unsupported: ErrorCode.SCREEN_SHARE_UNSUPPORTED,
    denied: ErrorCode.SCREEN_SHARE_PERMISSION_DENIED,
    missing: ErrorCode.CAPTURE_FAILED,
    busy: ErrorCode.CAPTURE_FAILED,
  },
};

/** The coded error for what getUserMedia and getDisplayMedia throw (W3C Media Capture section 10.2). */
export function captureError(device: Device, error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  const codes = kCodes[device];
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return ParleyError.from(error, codes.denied, `The ${device} may not be used`);
    case 'NotFoundError':
    case 'OverconstrainedError':
      return ParleyError.from(error, codes.missing, `There is no such ${device}`);
    case 'NotReadableError':
    case 'AbortError':
      return ParleyError.from(error, codes.busy, `The ${device} cannot be opened; another program may use it`);
    case 'NotSupportedError':
    case 'TypeError':
      return ParleyError.from(error, codes.unsupported, `This browser or page cannot use a ${device}`);
    default:
      return ParleyError.from(error, ErrorCode.CAPTURE_FAILED, `The ${device} could not be opened`);
  }
}

function presetOf<P>(presets: Readonly<Record<string, P>>, name: string): P {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (!preset) throw new ParleyError(ErrorCode.BAD_TRACK_CONFIG, `There is no encoderConfig "${name}".`);
  return preset;
}

async function open(browser: Browser, device: Device, constraints: MediaStreamConstraints): Promise<MediaStream> {
  try {
    const stream = await browser.getUserMedia(constraints);
    stream.getTracks().forEach(markCaptured);
    return stream;
  } catch (error) {
    throw captureError(device, error);
  }
}

/** A camera's track, or the given one, that knows how it wants to be encoded. */
export async function openCamera(browser: Browser, options: CameraTrackOptions = {}): Promise<MediaStream> {
  const preset = presetOf(kCameraPresets, options.encoderConfig ?? 'h720p_w1280p');
  const video: MediaTrackConstraints = {
    width: { ideal: preset.width },
    height: { ideal: preset.height },
    frameRate: { ideal: preset.frameRate },
    ...(options.cameraId && { deviceId: { exact: options.cameraId } }),
    ...(!options.cameraId && options.facingMode && { facingMode: options.facingMode }),
  };
  const stream = options.customTrack
    ? browser.createMediaStream([options.customTrack])
    : await open(browser, 'camera', { video });
  const bitrateMode = options.bitrateMode ?? 'balanced';
  for (const track of stream.getVideoTracks()) {
    describeTrack(track, {
      ...kDefaultCamera,
      bitrateMode,
      codec: options.codec ?? 'VP8',
      // A custom track has the size it has; the preset is about capture then.
      kbps: options.customTrack && !options.encoderConfig ? undefined : preset.kbps[bitrateMode],
      frameRate: options.customTrack && !options.encoderConfig ? undefined : preset.frameRate,
      optimization: options.optimizationMode ?? 'motion',
      multiStream: options.multiStream ?? true,
      maxLayer: options.maxLayer ?? 3,
    });
  }
  return stream;
}

export async function openMicrophone(browser: Browser, options: MicrophoneTrackOptions = {}): Promise<MediaStream> {
  const preset = presetOf(kMicrophonePresets, options.encoderConfig ?? 'speech_standard');
  const noise = options.noiseConfig ?? {};
  const audio: MediaTrackConstraints = {
    echoCancellation: noise.echoCancellation ?? preset.processing,
    autoGainControl: noise.autoGainControl ?? preset.processing,
    noiseSuppression: noise.noiseSuppression ?? preset.processing,
    channelCount: { ideal: preset.stereo ? 2 : 1 },
    ...(options.microphoneId && { deviceId: { exact: options.microphoneId } }),
  };
  const stream = options.customTrack
    ? browser.createMediaStream([options.customTrack])
    : await open(browser, 'microphone', { audio });
  for (const track of stream.getAudioTracks()) {
    describeTrack(track, { type: 'audio', kbps: preset.kbps, stereo: preset.stereo });
  }
  return stream;
}

export async function openScreen(browser: Browser, options: ScreenShareTrackOptions = {}): Promise<MediaStream> {
  const preset = presetOf(kSharePresets, options.encoderConfig ?? 'h720p_15fps');
  if (!browser.getDisplayMedia) {
    throw new ParleyError(ErrorCode.SCREEN_SHARE_UNSUPPORTED, 'This browser cannot share a screen.');
  }
  let stream: MediaStream;
  try {
    stream = await browser.getDisplayMedia({
      video: { width: { max: preset.width }, height: { max: preset.height }, frameRate: { ideal: preset.frameRate } },
      audio: options.withAudio === 'enable' && {
        echoCancellation: false,
        autoGainControl: false,
        noiseSuppression: false,
      },
    });
  } catch (error) {
    throw captureError('screen', error);
  }
  stream.getTracks().forEach(markCaptured);
  for (const track of stream.getVideoTracks()) {
    describeTrack(track, {
      ...kDefaultShare,
      kbps: preset.kbps,
      frameRate: preset.frameRate,
      optimization: options.optimizationMode ?? 'text',
      multiStream: options.multiStream ?? false,
      maxLayer: 2,
    });
  }
  for (const track of stream.getAudioTracks()) describeTrack(track, kDefaultShareAudio);
  return stream;
}
