import { expect, it } from 'vitest';
import { kAudioCodecs, kVideoCodecs } from '../testing/fake_browser.js';
import { audioPreferences, kReceiveCodecs, supports, videoPreferences } from './codecs.js';

const names = (codecs: { mimeType: string; sdpFmtpLine?: string }[]) =>
  codecs.map(({ mimeType, sdpFmtpLine }) => [mimeType, sdpFmtpLine].filter(Boolean).join(' '));

it('takes one configuration of each codec, the one that all browsers have, and retransmission', () => {
  expect(names(videoPreferences(kVideoCodecs, kReceiveCodecs))).toEqual([
    'video/VP8',
    'video/H264 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    'video/VP9 profile-id=0',
    'video/AV1 level-idx=5;profile=0;tier=0',
    'video/rtx',
  ]);
});

it('falls back to baseline H.264 with the same packetization', () => {
  const available = kVideoCodecs.filter(({ sdpFmtpLine }) => !sdpFmtpLine?.includes('42e01f'));
  expect(names(videoPreferences(available, ['H264']))[0]).toContain('packetization-mode=1;profile-level-id=42001f');
});

it('leaves the order to the browser if nothing fits or is known', () => {
  expect(videoPreferences([], ['VP8'])).toEqual([]);
  expect(
    videoPreferences([{ mimeType: 'video/rtx' }, { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' }], ['VP9']),
  ).toEqual([]);
});

it('knows what can be sent', () => {
  expect(supports(kVideoCodecs, 'AV1')).toBe(true);
  expect(
    supports(
      kVideoCodecs.filter(({ mimeType }) => mimeType !== 'video/AV1'),
      'AV1',
    ),
  ).toBe(false);
});

it('offers Opus alone for sound', () => {
  expect(names(audioPreferences(kAudioCodecs))).toEqual(['audio/opus']);
});
