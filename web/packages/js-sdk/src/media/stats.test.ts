import { describe, expect, it } from 'vitest';
import { FakeBrowser } from '../testing/fake_browser.js';
import { watchFirstMedia } from './first_media.js';
import { RateMeter, audioStats, transportStats, videoStats } from './stats.js';
import type { Entry, Report } from './stats.js';

const report = (...entries: Omit<Entry, 'timestamp'>[]): Report =>
  new Map(entries.map((entry) => [String(entry.id), { timestamp: 1000, ...entry } as Entry]));
const kTransport = [
  { id: 'T', type: 'transport', selectedCandidatePairId: 'P', bytesSent: 5000, bytesReceived: 7000 },
  {
    id: 'P',
    type: 'candidate-pair',
    localCandidateId: 'L',
    currentRoundTripTime: 0.0204,
    availableOutgoingBitrate: 812_345,
  },
  { id: 'L', type: 'local-candidate', protocol: 'udp' },
];

describe('what is sent', () => {
  const sent = report(
    {
      id: 'O1',
      type: 'outbound-rtp',
      rid: 'q',
      codecId: 'C',
      remoteId: 'R',
      bytesSent: 1000,
      packetsSent: 10,
      frameWidth: 320,
      frameHeight: 180,
      framesPerSecond: 15,
      qualityLimitationReason: 'cpu',
    },
    { id: 'O2', type: 'outbound-rtp', rid: 'f', active: false },
    { id: 'R', type: 'remote-inbound-rtp', roundTripTime: 0.05, jitter: 0.0031, packetsLost: 2 },
    { id: 'C', type: 'codec', mimeType: 'video/VP8' },
    ...kTransport,
  );
  it('has one entry a layer that is on', () => {
    expect(videoStats(sent, new RateMeter())).toEqual([
      {
        bitrate: undefined,
        rtt: 50,
        jitter: 3.1,
        totalPackets: 10,
        packetsLost: 2,
        codec: 'VP8',
        network: 'udp',
        rid: 'q',
        size: { width: 320, height: 180, framerate: 15 },
        limitation: { reason: 'cpu', durations: undefined },
      },
    ]);
  });
});

describe('what is received', () => {
  it('has loss, jitter and what had to be made up', () => {
    const received = report(
      {
        id: 'I',
        type: 'inbound-rtp',
        codecId: 'C',
        bytesReceived: 100,
        packetsReceived: 3,
        packetsLost: 1,
        jitter: 0.002,
        concealedSamples: 480,
        concealmentEvents: 1,
        freezeCount: 2,
        totalFreezesDuration: 0.5,
        frameWidth: 640,
      },
      { id: 'C', type: 'codec', mimeType: 'audio/opus' },
      ...kTransport,
    );
    expect(audioStats(received, new RateMeter())[0]).toMatchObject({
      rtt: 20.4,
      jitter: 2,
      packetsLost: 1,
      totalPackets: 3,
      codec: 'opus',
      concealedSamples: 480,
    });
    expect(videoStats(received, new RateMeter())[0]).toMatchObject({
      freezeCount: 2,
      totalFreezesDuration: 500,
      size: { width: 640 },
    });
  });
  it('is empty without a stream', () => {
    expect(audioStats(report(...kTransport), new RateMeter())).toEqual([]);
    expect(videoStats(report(), new RateMeter())).toEqual([]);
  });
});

describe('rates', () => {
  it('are over the time since the last look, per stream', () => {
    const meter = new RateMeter();
    expect(meter.kbps('a', 1000, 0)).toBeUndefined();
    expect(meter.kbps('a', 2000, 1000)).toBe(8);
    expect(meter.kbps('b', 9000, 1000)).toBeUndefined();
    expect(meter.kbps('a', 2000, 1000)).toBeUndefined(); // no time has passed
    expect(meter.kbps('a', 500, 2000)).toBeUndefined(); // a new connection counts from 0
    expect(meter.kbps('a', undefined, 3000)).toBeUndefined();
  });
});

describe('the transport', () => {
  it('is the pair in use', () => {
    expect(transportStats(report(...kTransport), new RateMeter())).toEqual({
      outgoingBitrate: undefined,
      incomingBitrate: undefined,
      availableOutgoingBitrate: 812,
      totalBytesSent: 5000,
      totalBytesReceived: 7000,
      rtt: 20.4,
      network: 'udp',
    });
    const [, pair, candidate] = kTransport;
    const firefox = report({ ...pair!, nominated: true, state: 'succeeded', bytesSent: 1 }, candidate!);
    expect(transportStats(firefox, new RateMeter())).toMatchObject({ totalBytesSent: 1, network: 'udp' });
    expect(transportStats(report(), new RateMeter())).toBeUndefined();
  });
});

describe('the first media', () => {
  it('is noticed once each', async () => {
    const browser = new FakeBrowser();
    const peer = browser.createPeer();
    const seen: string[] = [];
    watchFirstMedia(browser, peer, { onPacket: () => seen.push('packet'), onFrame: () => seen.push('frame') });
    await browser.advance(500);
    expect(seen).toEqual([]);
    browser.peer.report.set('I', { type: 'inbound-rtp', packetsReceived: 1 });
    await browser.advance(100);
    browser.peer.report.set('I', { type: 'inbound-rtp', packetsReceived: 9, framesDecoded: 1 });
    await browser.advance(100);
    expect(seen).toEqual(['packet', 'frame']);
    expect(browser.pendingTimers).toBe(0);
  });
  it('is not waited for forever', async () => {
    const browser = new FakeBrowser();
    watchFirstMedia(browser, browser.createPeer(), { onPacket: () => {}, onFrame: () => {} });
    await browser.advance(31_000);
    expect(browser.pendingTimers).toBe(0);
  });
});
