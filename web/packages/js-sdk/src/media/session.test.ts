import { SeatLine_Kind } from '@parley/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode, ParleyError } from '../errors.js';
import { setLogLevel } from '../log.js';
import { FakeBrowser } from '../testing/fake_browser.js';
import { settle } from '../testing/fake_clock.js';
import { FakeTrack, asTrack, camera, microphone } from '../testing/fake_media.js';
import type { FakePeer } from '../testing/fake_peer.js';
import { kDefaultCamera, kDefaultShare } from '../tracks/encoding.js';
import type { OfferInit } from './lines.js';
import { MediaSession, kMaxGrowth, kMaxMainSeats, kMaxShareSeats } from './session.js';

setLogLevel('NONE');

let browser: FakeBrowser;
let session: MediaSession;
let peer: FakePeer;
let offers: OfferInit[];
let states: string[];

function open(cameraCodec: 'VP8' | 'VP9' = 'VP8'): void {
  session = new MediaSession(browser, { protocol: 'UDP_OVER_TCP', cameraCodec });
  peer = browser.peer;
  states = [];
  session.on('connection', (state) => states.push(state));
}

async function start(exchange?: (offer: OfferInit) => Promise<string>): Promise<void> {
  await session.firstOffer();
  await session.start('v=0\r\nfirst', exchange ?? (async (offer) => (offers.push(offer), 'v=0\r\nnext')));
  await settle();
}

beforeEach(() => {
  browser = new FakeBrowser();
  offers = [];
  open();
});

const publication = (track: FakeTrack, encoding = kDefaultCamera, maxLayer = 2) => ({
  track: asTrack(track),
  encoding,
  maxLayer,
});
const sender = (index: number) => peer.transceivers[index]!.sender;

describe('the first offer', () => {
  it('has four lines that send and five seats, and says which is which', async () => {
    const offer = await session.firstOffer();
    expect(offer.sends).toEqual([0, 1, 2, 3].map((source) => ({ mid: String(source), source })));
    expect(offer.seats).toHaveLength(5);
    expect(offer.seats?.[0]).toEqual({ seat: 1, kind: SeatLine_Kind.MAIN, audioMid: '4', videoMid: '5' });
    expect(offer.seats?.[4]).toEqual({ seat: 5, kind: SeatLine_Kind.SHARE, audioMid: '12', videoMid: '13' });
    expect(peer.transceivers.map(({ direction }) => direction)).toEqual([
      ...Array(4).fill('sendonly'),
      ...Array(10).fill('recvonly'),
    ]);
  });

  it('names only the codecs in use', async () => {
    const [microphoneLine, cameraLine, , , seatAudio, seatVideo] = peer.transceivers.map(({ preferences }) =>
      preferences.map(({ mimeType }) => mimeType),
    );
    expect(microphoneLine).toEqual(['audio/opus']);
    expect(cameraLine).toEqual(['video/VP8', 'video/rtx']);
    expect(seatAudio).toEqual(['audio/opus']);
    expect(seatVideo).toEqual(['video/VP8', 'video/H264', 'video/VP9', 'video/AV1', 'video/rtx']);
  });

  it('has simulcast layers for VP8 and one scalable stream for VP9', () => {
    expect(sender(1).parameters.encodings.map(({ rid }) => rid)).toEqual(['q', 'h', 'f']);
    open('VP9');
    expect(sender(1).parameters.encodings).toMatchObject([{ scalabilityMode: 'L3T3_KEY' }]);
  });

  it('falls back to temporal layers where the browser has no spatial ones', () => {
    const create = browser.createPeer.bind(browser);
    browser.createPeer = () => {
      const made = create();
      browser.peer.refuseScalability = true;
      return made;
    };
    open('VP9');
    expect(sender(1).parameters.encodings).toMatchObject([{ scalabilityMode: 'L1T3' }]);
  });

  it('asks for stereo where it receives and not where it sends', async () => {
    const { sdp = '' } = await session.firstOffer();
    const sections = sdp.split(/(?=^m=)/m).filter((section) => section.startsWith('m=audio'));
    expect(sections.map((section) => section.includes('stereo=1'))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
  });
});

describe('sending', () => {
  it('needs no negotiation to switch on, off and to another track', async () => {
    await start();
    const first = camera();
    await session.publish('video', publication(first));
    expect(sender(1).track).toBe(first);
    expect(
      sender(1).parameters.encodings.map(({ active, scaleResolutionDownBy }) => [active, scaleResolutionDownBy]),
    ).toEqual([
      [true, 4],
      [true, 2],
      [true, 1],
    ]);
    expect(first.contentHint).toBe('motion');
    const small = camera(320, 180);
    await session.publish('video', publication(small));
    expect(sender(1).parameters.encodings.map(({ active }) => active)).toEqual([true, false, false]);
    await session.publish('video', undefined);
    expect(sender(1).track).toBeNull();
    expect(peer.offers).toHaveLength(1);
  });

  it('encodes what is watched', async () => {
    await start();
    await session.publish('video', publication(camera()));
    await session.limitLayers('video', 0);
    expect(sender(1).parameters.encodings.map(({ active }) => active)).toEqual([true, false, false]);
    await session.limitLayers('video', 2);
    expect(sender(1).parameters.encodings.map(({ active }) => active)).toEqual([true, true, true]);
    await session.limitLayers('share', 0); // not published: nothing to do
  });

  it('a screen goes in one full layer and keeps its resolution', async () => {
    await start();
    await session.publish('share', publication(camera(1920, 1080), kDefaultShare));
    expect(
      sender(2).parameters.encodings.map(({ active, scaleResolutionDownBy }) => [active, scaleResolutionDownBy]),
    ).toEqual([
      [true, 1],
      [false, 1],
    ]);
    expect(sender(2).parameters.degradationPreference).toBe('maintain-resolution');
  });

  it('another codec of the same kind of layers is a negotiation on the same line', async () => {
    await start();
    await session.publish('video', publication(camera(), { ...kDefaultCamera, codec: 'H264' }));
    expect(peer.offers).toHaveLength(2);
    expect(peer.transceivers[1]!.preferences[0]!.mimeType).toBe('video/H264');
    expect(offers[0]?.sends?.find(({ source }) => source === 1)?.mid).toBe('1');
  });

  it('a codec with other layers gets a line of its own, and the old one back later', async () => {
    await start();
    await session.publish('video', publication(camera()));
    await session.publish('video', publication(camera(), { ...kDefaultCamera, codec: 'AV1' }));
    expect(offers.at(-1)?.sends?.find(({ source }) => source === 1)?.mid).toBe('14');
    expect([peer.transceivers[1]!.direction, peer.transceivers[14]!.direction]).toEqual(['inactive', 'sendonly']);
    expect(sender(1).track).toBeNull();
    expect(sender(14).parameters.encodings).toMatchObject([{ scalabilityMode: 'L3T3_KEY' }]);
    await session.publish('video', publication(camera()));
    expect(offers.at(-1)?.sends?.find(({ source }) => source === 1)?.mid).toBe('1');
    expect(peer.transceivers).toHaveLength(15);
  });

  it('a stereo microphone is negotiated as such', async () => {
    const answer = 'v=0\r\nm=audio 9 X 111\r\na=mid:0\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n';
    await session.firstOffer();
    await session.start(answer, async () => answer);
    expect(peer.answers[0]).not.toContain('stereo');
    await session.publish('audio', {
      track: asTrack(microphone()),
      encoding: { type: 'audio', kbps: 192, stereo: true },
      maxLayer: 0,
    });
    await settle();
    expect(peer.answers[1]).toContain('stereo=1');
    expect(sender(0).parameters.encodings[0]?.maxBitrate).toBe(192_000);
  });
});

describe('seats', () => {
  it('grow by a few more than are missing, in one negotiation', async () => {
    await start();
    session.wantSeats(5, 1);
    await settle();
    expect(offers).toHaveLength(1);
    expect(offers[0]?.seats).toHaveLength(9);
    session.wantSeats(8, 1);
    session.wantSeats(3, 1);
    await settle();
    expect(offers).toHaveLength(1);
    session.wantSeats(8, 3);
    await settle();
    expect(offers[1]?.seats?.filter(({ kind }) => kind === SeatLine_Kind.SHARE)).toHaveLength(3);
  });

  it('grow in steps that do not block the page, up to the limit', async () => {
    await start();
    session.wantSeats(1000, 1000);
    await settle();
    const counts = offers.map(({ seats }) => seats!.filter(({ kind }) => kind === SeatLine_Kind.MAIN).length);
    expect(counts).toEqual([4 + kMaxGrowth, 4 + 2 * kMaxGrowth, 4 + 3 * kMaxGrowth, kMaxMainSeats]);
    expect(offers.at(-1)?.seats).toHaveLength(kMaxMainSeats + kMaxShareSeats);
    session.wantSeats(1000, 1000);
    await settle();
    expect(offers).toHaveLength(4);
  });

  it('wanted before the answer are negotiated after it', async () => {
    session.wantSeats(6, 1);
    await settle();
    expect(peer.offers).toHaveLength(0);
    await start();
    expect(offers).toHaveLength(1);
  });

  it('have receivers, found by seat and by track', async () => {
    await start();
    expect(session.receiver(1, 'video')?.track).toBe(peer.transceivers[5]!.receiver.track);
    expect(session.receiver(9, 'video')).toBeUndefined();
    expect([session.isShareSeat(1), session.isShareSeat(5)]).toEqual([false, true]);
    expect(session.receiverOf(asTrack(peer.transceivers[5]!.receiver.track))).toBe(peer.transceivers[5]!.receiver);
  });
});

describe('renegotiation', () => {
  it('is one at a time, and takes up what came meanwhile', async () => {
    const waiting: (() => void)[] = [];
    await start((offer) => new Promise((resolve) => (offers.push(offer), waiting.push(() => resolve('v=0\r\n')))));
    session.wantSeats(5, 1);
    await settle();
    session.restartIce();
    session.wantSeats(9, 1);
    await settle();
    expect(offers).toHaveLength(1);
    waiting.shift()!();
    await settle();
    expect(offers).toHaveLength(2);
    expect(peer.offers.map(({ iceRestart }) => iceRestart)).toEqual([false, false, true]);
  });

  it('that fails for now is taken back and done again on resume', async () => {
    let fail = true;
    await start(async (offer) => {
      offers.push(offer);
      if (fail) throw new ParleyError(ErrorCode.RECONNECTING, 'lost');
      return 'v=0\r\n';
    });
    session.restartIce();
    await settle();
    expect(peer.signalingState).toBe('stable');
    expect(states).toEqual([]);
    fail = false;
    session.resume();
    await settle();
    expect(offers).toHaveLength(2);
    expect(peer.offers.at(-1)?.iceRestart).toBe(true);
    session.resume();
    await settle();
    expect(offers).toHaveLength(2);
  });

  it('that the server refuses or whose answer is wrong makes the session failed', async () => {
    await start(async () => {
      throw new ParleyError(3073, 'bad offer');
    });
    session.wantSeats(6, 1);
    await settle();
    expect(states).toEqual(['failed']);
    open();
    await start();
    peer.refuseAnswer = true;
    session.wantSeats(6, 1);
    await settle();
    expect(states).toEqual(['failed']);
  });

  it('stops when the session is closed', async () => {
    let answer = (_: string) => {};
    await start(() => new Promise((resolve) => (answer = resolve)));
    session.restartIce();
    await settle();
    session.close();
    answer('v=0\r\n');
    await settle();
    expect(states).toEqual([]);
    expect(peer.connectionState).toBe('closed');
  });
});

describe('the connection', () => {
  it('is told of', () => {
    let ice = 0;
    session.on('ice-connected', () => ice++);
    peer.become('connecting');
    peer.become('connected');
    peer.become('disconnected');
    peer.become('failed');
    expect(states).toEqual(['connecting', 'connected', 'disconnected', 'failed']);
    expect(ice).toBe(1);
  });
});
