import type { BitrateMode, CameraPreset, MicrophonePreset, SharePreset } from '../api/tracks.js';

export interface CameraPresetValues {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  /** kbit/s of all that the top layer needs, by bitrate mode. */
  readonly kbps: Readonly<Record<BitrateMode, number>>;
}

function camera(
  width: number,
  height: number,
  frameRate: number,
  bandwidth_optimized: number,
  balanced: number,
  high_quality: number,
): CameraPresetValues {
  return { width, height, frameRate, kbps: { bandwidth_optimized, balanced, high_quality } };
}

/** VideoSDK's encoder configurations for cameras: 16:9, then 4:3. */
export const kCameraPresets: Readonly<Record<CameraPreset, CameraPresetValues>> = {
  h90p_w160p: camera(160, 90, 15, 60, 100, 150),
  h180p_w320p: camera(320, 180, 15, 100, 150, 250),
  h216p_w384p: camera(384, 216, 15, 120, 200, 350),
  h360p_w640p: camera(640, 360, 20, 200, 400, 600),
  h540p_w960p: camera(960, 540, 25, 350, 550, 800),
  h720p_w1280p: camera(1280, 720, 30, 1000, 1500, 2000),
  h1080p_w1920p: camera(1920, 1080, 30, 1600, 2200, 2700),
  h1440p_w2560p: camera(2560, 1440, 30, 5000, 5500, 6000),
  h2160p_w3840p: camera(3840, 2160, 30, 8000, 8500, 9000),

  h120p_w160p: camera(160, 120, 15, 60, 100, 150),
  h180p_w240p: camera(240, 180, 15, 100, 150, 250),
  h240p_w320p: camera(320, 240, 15, 120, 200, 350),
  h360p_w480p: camera(480, 360, 20, 200, 400, 600),
  h480p_w640p: camera(640, 480, 25, 300, 500, 700),
  h540p_w720p: camera(720, 540, 30, 350, 550, 800),
  h720p_w960p: camera(960, 720, 30, 900, 1300, 1600),
  h1080p_w1440p: camera(1440, 1080, 30, 1600, 2200, 2700),
  h1440p_w1920p: camera(1920, 1440, 30, 3500, 4000, 4500),
};

export interface SharePresetValues {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly kbps: number;
}

function share(height: number, frameRate: number, kbps: number): SharePresetValues {
  return { width: Math.round((height * 16) / 9), height, frameRate, kbps };
}

export const kSharePresets: Readonly<Record<SharePreset, SharePresetValues>> = {
  h360p_30fps: share(360, 30, 400),
  h480p_15fps: share(480, 15, 300),
  h480p_30fps: share(480, 30, 500),
  h720p_5fps: share(720, 5, 400),
  h720p_15fps: share(720, 15, 1000),
  h720p_30fps: share(720, 30, 1500),
  h1080p_15fps: share(1080, 15, 1500),
  h1080p_30fps: share(1080, 30, 2000),
};

export interface MicrophonePresetValues {
  readonly kbps: number;
  readonly stereo: boolean;
  /** Echo cancellation, gain control and noise suppression: made for speech, bad for music. */
  readonly processing: boolean;
}

export const kMicrophonePresets: Readonly<Record<MicrophonePreset, MicrophonePresetValues>> = {
  speech_low_quality: { kbps: 16, stereo: false, processing: true },
  speech_standard: { kbps: 24, stereo: false, processing: true },
  music_standard: { kbps: 32, stereo: false, processing: false },
  standard_stereo: { kbps: 64, stereo: true, processing: false },
  high_quality: { kbps: 128, stereo: false, processing: false },
  high_quality_stereo: { kbps: 192, stereo: true, processing: false },
};

/** What a picture of this height is worth: the preset next to it, for lower layers and for tracks without a preset. */
export function kbpsForHeight(height: number, mode: BitrateMode = 'balanced'): number {
  let best = kCameraPresets.h90p_w160p;
  for (const preset of Object.values(kCameraPresets)) {
    if (Math.abs(preset.height - height) < Math.abs(best.height - height)) best = preset;
  }
  return best.kbps[mode];
}
