// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ErrorCode } from '../errors.js';
import { ParleyEntry } from '../parley.js';
import { FakeBrowser } from '../testing/fake_browser.js';
import { settle } from '../testing/fake_clock.js';
import { FakeServer } from '../testing/fake_server.js';
import type { RoomMeeting } from './meeting.js';

/** What the page would say about elements. */
const page = {
  width: 320,
  height: 180,
  visible: new Map<Element, (visible: boolean) => void>(),
  resized: [] as (() => void)[],
};

class FakeResizeObserver {
  constructor(private readonly callback_: () => void) {}
  observe(): void {
    page.resized.push(this.callback_);
    this.callback_();
  }
  disconnect(): void {
    page.resized = page.resized.filter((callback) => callback !== this.callback_);
  }
}
class FakeIntersectionObserver {
  constructor(private readonly callback_: (entries: { isIntersecting: boolean }[]) => void) {}
  observe(element: Element): void {
    page.visible.set(element, (isIntersecting) => this.callback_([{ isIntersecting }]));
  }
  disconnect(): void {}
}

let browser: FakeBrowser;
let server: FakeServer;
let meeting: RoomMeeting;
let playError: DOMException | undefined;
let plays: number;

const kAnna = { participantId: 'anna', streams: [{ source: 0 }, { source: 1 }] };

beforeEach(async () => {
  page.visible.clear();
  page.resized = [];
  vi.stubGlobal('ResizeObserver', FakeResizeObserver);
  vi.stubGlobal('IntersectionObserver', FakeIntersectionObserver);
  vi.stubGlobal(
    'MediaStream',
    class {
      constructor(readonly tracks: unknown[]) {}
    },
  );
  vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockImplementation(
    () => ({ width: page.width, height: page.height }) as DOMRect,
  );
  playError = undefined;
  plays = 0;
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockImplementation(async () => {
    plays++;
    if (playError) throw playError;
  });
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { value: null, writable: true, configurable: true });
  browser = new FakeBrowser();
  server = new FakeServer(browser);
  const entry = new ParleyEntry(
    () => browser,
    () => 'https://meet.example',
  );
  entry.config('token');
  meeting = entry.initMeeting({ meetingId: 'room' });
  await meeting.join();
  server.say({ case: 'participantJoined', value: { participant: kAnna } });
  server.say({ case: 'seatsChanged', value: { seats: [{ seat: 1, participantId: 'anna' }] } });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const anna = () => meeting.participants.get('anna')!;
const tracksOf = (element: HTMLMediaElement) => (element.srcObject as unknown as { tracks: unknown[] } | null)?.tracks;
const receives = () =>
  server
    .all('receive')
    .map(({ width, height, paused, quality }) => `${width}x${height}${paused ? ' paused' : ''} ${quality}`);

describe('renderVideo', () => {
  it('shows the camera through off and on', () => {
    const video = anna().renderVideo({ styles: { objectFit: 'contain' } });
    const seat = browser.peer.transceivers[5]!.receiver.track;
    expect(tracksOf(video)).toEqual([seat]);
    expect([video.muted, video.playsInline, video.style.objectFit]).toEqual([true, true, 'contain']);
    server.say({ case: 'participantUpdated', value: { participant: { ...kAnna, streams: [] } } });
    expect(video.srcObject).toBeNull();
    server.say({ case: 'participantUpdated', value: { participant: kAnna } });
    expect(tracksOf(video)).toEqual([seat]);
  });

  it('asks for the size at which it is drawn, and for nothing while it cannot be seen', async () => {
    const video = anna().renderVideo({ maxQuality: 'med' });
    await browser.advance(200);
    page.width = 640;
    page.height = 360;
    for (const report of page.resized) report();
    await browser.advance(200);
    page.visible.get(video)!(false);
    await browser.advance(2_000);
    page.visible.get(video)!(true);
    await browser.advance(200);
    expect(receives()).toEqual(['320x180 2', '640x360 2', '640x360 paused 2', '640x360 2']);
    page.width = 320;
    page.height = 180;
  });

  it('stops looking when the stream is over', async () => {
    anna().renderVideo();
    expect(page.resized).toHaveLength(1);
    server.say({ case: 'participantLeft', value: { participantId: 'anna' } });
    expect(page.resized).toHaveLength(0);
  });

  it('two elements of one camera ask for the larger', async () => {
    const entry = new ParleyEntry(
      () => browser,
      () => '',
    );
    const stream = [...anna().streams.values()].find(({ kind }) => kind === 'video')!;
    anna().renderVideo();
    page.width = 1280;
    page.height = 720;
    const stop = entry.adaptiveVideo(document.createElement('div'), stream);
    await browser.advance(200);
    stop();
    await browser.advance(200);
    expect(receives()).toEqual(['1280x720 0', '320x180 0']);
    page.width = 320;
    page.height = 180;
  });

  it('of oneself asks for nothing', async () => {
    await meeting.enableWebcam();
    const video = meeting.localParticipant.renderVideo();
    await browser.advance(200);
    expect(tracksOf(video)).toEqual([browser.captured[0]]);
    expect(receives()).toEqual([]);
  });
});

describe('renderAudio', () => {
  it('plays the others and mutes oneself', async () => {
    const audio = anna().renderAudio();
    expect(tracksOf(audio)).toEqual([browser.peer.transceivers[4]!.receiver.track]);
    expect([audio.muted, meeting.localParticipant.renderAudio().muted]).toEqual([false, true]);
    expect(plays).toBe(1);
  });

  it('that the browser refuses is told, and starts with the next click', async () => {
    const codes: number[] = [];
    meeting.on('error', ({ code }) => codes.push(code));
    playError = new DOMException('click first', 'NotAllowedError');
    anna().renderAudio();
    await settle();
    expect(codes).toEqual([ErrorCode.AUTOPLAY_BLOCKED]);
    playError = undefined;
    window.dispatchEvent(new Event('pointerdown'));
    window.dispatchEvent(new Event('pointerdown'));
    expect(plays).toBe(2);
  });

  it('that another source interrupted is not an error', async () => {
    const codes: number[] = [];
    meeting.on('error', ({ code }) => codes.push(code));
    playError = new DOMException('interrupted', 'AbortError');
    anna().renderAudio({ type: 'shareAudio' });
    anna().renderAudio();
    await settle();
    expect(codes).toEqual([]);
  });
});
