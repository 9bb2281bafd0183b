export { MeetingConsumer, MeetingProvider, type MeetingProviderProps } from './meeting_provider.js';
export { AudioPlayer, VideoPlayer, type AudioPlayerProps, type VideoPlayerProps } from './players.js';
export { useMediaDevice } from './use_media_device.js';
export { useMeeting, type MeetingHandlers, type MeetingView } from './use_meeting.js';
export { useParticipant, type ParticipantHandlers, type ParticipantView } from './use_participant.js';
export { usePubSub, type PubSubHandlers } from './use_pubsub.js';
export { useStream } from './use_stream.js';
export * from '@parley/js-sdk';

import { Parley } from '@parley/js-sdk';

export const { Constants } = Parley;
export const createCameraVideoTrack: typeof Parley.createCameraVideoTrack = (options) => Parley.createCameraVideoTrack(options);
export const createMicrophoneAudioTrack: typeof Parley.createMicrophoneAudioTrack = (options) =>
  Parley.createMicrophoneAudioTrack(options);
export const createScreenShareVideoTrack: typeof Parley.createScreenShareVideoTrack = (options) =>
  Parley.createScreenShareVideoTrack(options);
