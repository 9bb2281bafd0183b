import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

// The hooks only need objects that emit; the real SDK is tested in its own package and in browsers.
class Source {
  listeners = new Map<string, Set<(...args: unknown[]) => void>>();
  on(name: string, listener: (...args: unknown[]) => void) {
    if (!this.listeners.has(name)) this.listeners.set(name, new Set());
    this.listeners.get(name)?.add(listener);
    return this;
  }
  off(name: string, listener: (...args: unknown[]) => void) {
    this.listeners.get(name)?.delete(listener);
    return this;
  }
  emit(name: string, ...args: unknown[]) {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...args);
  }
  get listenerCount() {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}
class FakeParticipant extends Source {
  streams = new Map();
  micOn = false;
  webcamOn = false;
  constructor(
    readonly id: string,
    readonly displayName: string,
    readonly local = false,
  ) {
    super();
  }
}
class FakeMeeting extends Source {
  id = 'room';
  state = 'IDLE';
  localParticipant = new FakeParticipant('me', 'Me', true);
  participants = new Map<string, FakeParticipant>();
  pinnedParticipants = new Map();
  permissions: string[] = [];
  activeSpeakerId: string | null = null;
  activePresenterId = null;
  mainParticipantId = null;
  recordingState = 'RECORDING_STOPPED';
  livestreamState = 'LIVESTREAM_STOPPED';
  hlsState = 'HLS_STOPPED';
  hlsUrls = {};
  egresses = new Map();
  pubSub = {
    subscribe: vi.fn(async (_topic: string, callbacks: Record<string, (value: unknown) => void>) => {
      this.chat = callbacks;
      callbacks.onOldMessagesReceived?.([message('1', 'old')]);
    }),
    unsubscribe: vi.fn(async () => {}),
    publish: vi.fn(async () => {}),
  };
  chat: Record<string, (value: unknown) => void> = {};
  join = vi.fn(async () => {});
  leave = vi.fn(async () => {});
  startRecording = vi.fn(async (..._args: unknown[]) => {});
}
const message = (id: string, text: string) => ({ id, message: text, timestamp: Number(id) });

const made: FakeMeeting[] = [];
vi.mock('@parley/js-sdk', () => ({
  Parley: {
    Constants: {},
    config: vi.fn(),
    initMeeting: vi.fn(() => {
      made.push(new FakeMeeting());
      return made.at(-1);
    }),
  },
}));
const { MeetingProvider } = await import('./meeting_provider.js');
const { useMeeting } = await import('./use_meeting.js');
const { useParticipant } = await import('./use_participant.js');
const { usePubSub } = await import('./use_pubsub.js');

beforeEach(() => {
  made.length = 0;
});
afterEach(cleanup);

function inMeeting(children: React.ReactNode, extra = {}) {
  const config = { meetingId: 'room' };
  return render(
    <MeetingProvider config={config} token="t" {...extra}>
      {children}
    </MeetingProvider>,
  );
}
const meeting = () => made.at(-1) as FakeMeeting;

test('the provider joins only when told, and leaves when it goes', () => {
  const waiting = inMeeting(null);
  expect(meeting().join).not.toHaveBeenCalled();
  waiting.unmount();
  expect(meeting().leave, 'nothing to leave before joining').not.toHaveBeenCalled();

  const joining = inMeeting(null, { joinWithoutUserInteraction: true });
  expect(meeting().join).toHaveBeenCalledOnce();
  meeting().state = 'CONNECTED';
  joining.unmount();
  expect(meeting().leave).toHaveBeenCalledOnce();
});

test('useMeeting draws what changed and calls the newest handler', () => {
  const seen: string[] = [];
  function View() {
    const { participants, activeSpeakerId } = useMeeting({
      onParticipantJoined: (p) => seen.push(`${p.displayName} while ${activeSpeakerId} speaks`),
    });
    return <p>{[...participants.values()].map((p) => p.displayName).join()}</p>;
  }
  inMeeting(<View />);
  const ben = new FakeParticipant('b', 'Ben');
  act(() => {
    meeting().participants.set('b', ben);
    meeting().emit('participant-joined', ben);
  });
  expect(screen.getByText('Ben')).toBeTruthy();
  act(() => {
    meeting().activeSpeakerId = 'b';
    meeting().emit('speaker-changed', 'b');
  });
  act(() => meeting().emit('participant-joined', ben));
  expect(seen).toEqual(['Ben while null speaks', 'Ben while b speaks']);
});

test('useMeeting has recordings, livestreams and HLS as VideoSDK’s hook does', async () => {
  const seen: string[] = [];
  function View() {
    const view = useMeeting({
      onRecordingStateChanged: ({ status }) => seen.push(status),
      onHlsStateChanged: ({ status, playbackHlsUrl }) => seen.push(`${status} ${playbackHlsUrl}`),
    });
    return (
      <button type="button" onClick={() => void view.startRecording('https://hook.example')}>
        {`${view.recordingState} ${view.isRecording} ${view.isHls} ${view.hlsUrls.playbackHlsUrl} ${view.egresses.size}`}
      </button>
    );
  }
  inMeeting(<View />);
  act(() => screen.getByText('RECORDING_STOPPED false false undefined 0').click());
  expect(meeting().startRecording).toHaveBeenCalledWith('https://hook.example');
  act(() => {
    Object.assign(meeting(), { recordingState: 'RECORDING_STARTED', hlsState: 'HLS_PLAYABLE', hlsUrls: { playbackHlsUrl: '/h' } });
    meeting().egresses.set('r', {});
    meeting().emit('recording-state-changed', { status: 'RECORDING_STARTED', id: 'r' });
    meeting().emit('hls-state-changed', { status: 'HLS_PLAYABLE', id: 'h', playbackHlsUrl: '/h' });
    meeting().emit('egress-changed', {});
  });
  expect(screen.getByText('RECORDING_STARTED true true /h 1')).toBeTruthy();
  expect(seen).toEqual(['RECORDING_STARTED', 'HLS_PLAYABLE /h']);
});

test('useParticipant follows one participant and lets go of it', () => {
  function View() {
    const { displayName, micOn, isActiveSpeaker } = useParticipant('b');
    return <p>{`${displayName} ${micOn ? 'on' : 'off'} ${isActiveSpeaker ? 'speaks' : 'listens'}`}</p>;
  }
  const drawn = inMeeting(<View />);
  const ben = new FakeParticipant('b', 'Ben');
  act(() => {
    meeting().participants.set('b', ben);
    meeting().emit('participant-joined', ben);
  });
  act(() => {
    ben.micOn = true;
    ben.emit('media-status-changed', { kind: 'audio', newStatus: true });
    meeting().activeSpeakerId = 'b';
    meeting().emit('speaker-changed', 'b');
  });
  expect(screen.getByText('Ben on speaks')).toBeTruthy();
  drawn.unmount();
  expect(ben.listenerCount + meeting().listenerCount).toBe(0);
});

test('usePubSub subscribes when joined, keeps messages in order and without doubles', async () => {
  function View() {
    const { messages } = usePubSub('CHAT');
    return <p>{messages.map((m) => m.message).join('|')}</p>;
  }
  const drawn = inMeeting(<View />);
  expect(meeting().pubSub.subscribe).not.toHaveBeenCalled();
  await act(async () => {
    meeting().state = 'CONNECTED';
    meeting().emit('meeting-state-changed', { state: 'CONNECTED' });
  });
  act(() => {
    meeting().chat.onMessageReceived?.(message('3', 'c'));
    meeting().chat.onMessageReceived?.(message('2', 'b'));
    meeting().chat.onMessageReceived?.(message('3', 'c'));
  });
  expect(screen.getByText('old|b|c')).toBeTruthy();
  drawn.unmount();
  expect(meeting().pubSub.unsubscribe).toHaveBeenCalledOnce();
});
