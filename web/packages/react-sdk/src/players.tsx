import { Parley, type MaxQuality } from '@parley/js-sdk';
import { type CSSProperties, type ReactNode, useEffect, useRef } from 'react';
import { useMeetingObject } from './meeting_provider.js';
import { useParticipant } from './use_participant.js';

export interface VideoPlayerProps {
  participantId: string;
  type?: 'video' | 'share';
  maxQuality?: MaxQuality;
  /** Like a mirror; for the own camera. */
  mirror?: boolean;
  className?: string;
  style?: CSSProperties;
  label?: string;
}

/** Draws a participant's camera or screen, and asks the server for the size that is drawn, and for nothing unseen. */
export function VideoPlayer(props: VideoPlayerProps): ReactNode {
  const { participantId, type = 'video', maxQuality = 'auto', mirror = false, className, style, label } = props;
  const view = useParticipant(participantId);
  const stream = type === 'video' ? view.webcamStream : view.screenShareStream;
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const video = element.current;
    if (!video || !stream) return;
    video.srcObject = new MediaStream([stream.track]);
    video.play().catch(() => {});  // muted video may always play; a removed element rejects
    const stop = stream.local ? undefined : Parley.adaptiveVideo(video, stream, { maxQuality });
    return () => {
      stop?.();
      video.srcObject = null;
    };
  }, [stream, stream?.track, maxQuality]);

  return (
    <video
      ref={element}
      className={className}
      style={mirror ? { ...style, transform: 'scaleX(-1)' } : style}
      aria-label={label ?? view.displayName}
      autoPlay
      muted
      playsInline
    />
  );
}

export interface AudioPlayerProps {
  participantId: string;
  type?: 'audio' | 'shareAudio';
  /** A loudspeaker's device id. */
  sinkId?: string;
  /** The browser wants a click first: call the function from one. */
  onBlocked?: (play: () => Promise<void>) => void;
}

/** Plays a participant's microphone or screen sound; draws nothing. */
export function AudioPlayer({ participantId, type = 'audio', sinkId, onBlocked }: AudioPlayerProps): ReactNode {
  const meeting = useMeetingObject();
  const view = useParticipant(participantId);
  const stream = type === 'audio' ? view.micStream : view.screenShareAudioStream;
  const element = useRef<HTMLAudioElement>(null);

  useEffect(() => {
    const audio = element.current;
    if (!audio || !stream || stream.local) return;
    audio.srcObject = new MediaStream([stream.track]);
    audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') onBlocked?.(() => audio.play());
    });
    return () => {
      audio.srcObject = null;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [meeting, stream, stream?.track]);

  useEffect(() => {
    const audio = element.current;
    if (audio && sinkId !== undefined && 'setSinkId' in audio) audio.setSinkId(sinkId).catch(() => {});
  }, [sinkId]);

  return <audio ref={element} autoPlay />;
}
