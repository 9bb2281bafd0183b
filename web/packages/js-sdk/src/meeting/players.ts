import type { RenderAudioOptions, RenderVideoOptions, Stream } from '../api/stream.js';
import type { StreamKind } from '../api/values.js';
import { ErrorCode, ParleyError } from '../errors.js';
import type { RoomParticipant } from './participant.js';
import type { RoomStream } from './stream.js';

/**
 * Starts an element. If the browser wants a click first, says so (3025) and starts with the next click or key of the user.
 */
export async function play(element: HTMLMediaElement, report: (error: ParleyError) => void): Promise<void> {
  try {
    await element.play();
  } catch (error) {
    if ((error as Partial<DOMException>).name !== 'NotAllowedError') return; // AbortError: it got another source meanwhile
    report(ParleyError.from(error, ErrorCode.AUTOPLAY_BLOCKED, 'The browser plays this only after a click'));
    const retry = () => {
      window.removeEventListener('pointerdown', retry);
      window.removeEventListener('keydown', retry);
      if (element.srcObject) void element.play().catch(() => {});
    };
    window.addEventListener('pointerdown', retry);
    window.addEventListener('keydown', retry);
  }
}

/** Shows a participant's stream of one kind in an element, whenever there is one. */
function follow(
  participant: RoomParticipant,
  kind: StreamKind,
  element: HTMLMediaElement,
  report: (error: ParleyError) => void,
  onStream: (stream: RoomStream | undefined) => void,
): void {
  const show = (stream: Stream | undefined) => {
    element.srcObject = stream ? new MediaStream([stream.track]) : null;
    onStream(stream as RoomStream | undefined);
    if (stream) void play(element, report);
  };
  participant.on('stream-enabled', (stream) => stream.kind === kind && show(stream));
  participant.on('stream-disabled', (stream) => stream.kind === kind && show(undefined));
  show(participant.streamOf(kind));
}

export function videoPlayer(
  participant: RoomParticipant,
  options: RenderVideoOptions,
  report: (error: ParleyError) => void,
): HTMLVideoElement {
  const kind = options.type ?? 'video';
  const element = document.createElement('video');
  element.autoplay = true;
  element.playsInline = true;
  element.muted = true; // The sound is renderAudio's; a muted picture may always start.
  Object.assign(
    element.style,
    { width: '100%', height: '100%', objectFit: kind === 'share' ? 'contain' : 'cover' },
    options.styles,
  );
  let stop = () => {};
  follow(participant, kind, element, report, (stream) => {
    stop();
    stop = stream?.observe(element, { maxQuality: options.maxQuality }) ?? (() => {});
  });
  return element;
}

export function audioPlayer(
  participant: RoomParticipant,
  options: RenderAudioOptions,
  report: (error: ParleyError) => void,
): HTMLAudioElement {
  const element = document.createElement('audio');
  element.autoplay = true;
  element.muted = participant.local; // Nobody wants to hear themselves.
  follow(participant, options.type ?? 'audio', element, report, () => {});
  return element;
}

/** A still of a video track as PNG in base64. */
export async function captureStill(
  track: MediaStreamTrack,
  size: { width?: number; height?: number },
): Promise<string> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  try {
    await video.play();
    const canvas = document.createElement('canvas');
    canvas.width =
      size.width ?? Math.round(video.videoWidth * ((size.height ?? video.videoHeight) / video.videoHeight));
    canvas.height = size.height ?? Math.round(video.videoHeight * (canvas.width / video.videoWidth));
    canvas.getContext('2d')!.drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/png').split(',')[1] ?? '';
  } catch (error) {
    throw ParleyError.from(error, ErrorCode.CAPTURE_FAILED, 'No picture could be taken');
  } finally {
    video.srcObject = null;
  }
}
