import type { VideoCodec } from './values.js';

/** Height, width; frames a second and bitrates of each are in `tracks/presets.ts` and in the guide. */
export type CameraPreset =
  | 'h90p_w160p'
  | 'h180p_w320p'
  | 'h216p_w384p'
  | 'h360p_w640p'
  | 'h540p_w960p'
  | 'h720p_w1280p'
  | 'h1080p_w1920p'
  | 'h1440p_w2560p'
  | 'h2160p_w3840p'
  | 'h120p_w160p'
  | 'h180p_w240p'
  | 'h240p_w320p'
  | 'h360p_w480p'
  | 'h480p_w640p'
  | 'h540p_w720p'
  | 'h720p_w960p'
  | 'h1080p_w1440p'
  | 'h1440p_w1920p';

export type SharePreset =
  | 'h360p_30fps'
  | 'h480p_15fps'
  | 'h480p_30fps'
  | 'h720p_5fps'
  | 'h720p_15fps'
  | 'h720p_30fps'
  | 'h1080p_15fps'
  | 'h1080p_30fps';

export type MicrophonePreset =
  | 'speech_low_quality'
  | 'speech_standard'
  | 'music_standard'
  | 'standard_stereo'
  | 'high_quality'
  | 'high_quality_stereo';

export type OptimizationMode = 'motion' | 'text' | 'detail';
export type BitrateMode = 'bandwidth_optimized' | 'balanced' | 'high_quality';

export interface CameraTrackOptions {
  cameraId?: string;
  facingMode?: 'user' | 'environment';
  /** Default `h720p_w1280p`. */
  encoderConfig?: CameraPreset;
  /** `motion` (default) keeps the frame rate when the link is poor, `text` and `detail` keep the resolution. */
  optimizationMode?: OptimizationMode;
  /** Default `balanced`. */
  bitrateMode?: BitrateMode;
  /** Default true. */
  multiStream?: boolean;
  /** Layers of a multiStream camera. Default 3. */
  maxLayer?: 2 | 3;
  /** Use this track (a canvas, a processed camera) instead of opening a camera; only the encoding is ours. */
  customTrack?: MediaStreamTrack;
  /** Default `VP8`; one that the browser cannot encode falls back to it (`error` 3045). */
  codec?: VideoCodec;
}

export interface MicrophoneTrackOptions {
  microphoneId?: string;
  /** Default `speech_standard`. */
  encoderConfig?: MicrophonePreset;
  /** Use this track instead of opening a microphone. */
  customTrack?: MediaStreamTrack;
  /** Overrides what the preset says. */
  noiseConfig?: { echoCancellation?: boolean; autoGainControl?: boolean; noiseSuppression?: boolean };
}

export interface ScreenShareTrackOptions {
  /** Default `h720p_15fps`. */
  encoderConfig?: SharePreset;
  /** Default `text`. */
  optimizationMode?: OptimizationMode;
  /** Default false. */
  multiStream?: boolean;
  /** The sound of the tab or screen, where the browser has it. Default `disable`. */
  withAudio?: 'enable' | 'disable';
}
