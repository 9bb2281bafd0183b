import { describe, expect, it } from 'vitest';
import { cleanOffer, filterCandidates, hasMid, isReceiving, withStereo } from './sdp.js';

const lines = (...all: string[]) => all.join('\r\n') + '\r\n';
const kUdp = 'a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host';
const kTcp = 'a=candidate:2 1 TCP 1015021823 192.0.2.1 50000 typ host tcptype passive';
const kAudio = lines(
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=recvonly',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  kUdp,
  kTcp,
);
const kOther = lines('m=audio 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1', 'a=sendonly', 'a=rtpmap:96 opus/48000/2');
const kVideo = lines(
  'm=video 9 UDP/TLS/RTP/SAVPF 97',
  'a=mid:2',
  'a=recvonly',
  'a=rtpmap:97 VP8/90000',
  'a=rtcp-fb:97 nack',
  'a=rtcp-fb:98 nack',
  'a=rtcp-fb:* transport-cc',
  'a=fmtp:99 apt=98',
);
const kSdp = lines('v=0', 's=-') + kAudio + kOther + kVideo;

describe('filterCandidates', () => {
  it('keeps both, or the one that is wanted', () => {
    expect(filterCandidates(kSdp, 'UDP_OVER_TCP')).toBe(kSdp);
    expect(filterCandidates(kSdp, 'UDP_ONLY')).toBe(kSdp.replace(`${kTcp}\r\n`, ''));
    expect(filterCandidates(kSdp, 'TCP_ONLY')).toBe(kSdp.replace(`${kUdp}\r\n`, ''));
  });
});

describe('withStereo', () => {
  it('changes the Opus format of the wanted sections only', () => {
    expect(withStereo(kSdp, isReceiving)).toBe(
      kSdp.replace('useinbandfec=1', 'useinbandfec=1;stereo=1;sprop-stereo=1'),
    );
    expect(withStereo(kSdp, hasMid('9'))).toBe(kSdp);
    expect(withStereo(kSdp, hasMid(null))).toBe(kSdp);
  });
  it('adds a format where there is none', () => {
    expect(withStereo(kSdp, hasMid('1'))).toContain(
      'a=rtpmap:96 opus/48000/2\r\na=fmtp:96 stereo=1;sprop-stereo=1\r\n',
    );
  });
  it('does nothing twice', () => {
    const once = withStereo(kSdp, isReceiving);
    expect(withStereo(once, isReceiving)).toBe(once);
  });
});

describe('cleanOffer', () => {
  it('drops what is said of payload types that are not offered', () => {
    expect(cleanOffer(kSdp)).toBe(kSdp.replace('a=rtcp-fb:98 nack\r\n', '').replace('a=fmtp:99 apt=98\r\n', ''));
  });
});
