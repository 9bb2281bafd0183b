import type { PreferredProtocol } from '../api/values.js';

/** Removes the server's candidates of the transport that is not wanted (RFC 8839 section 5.1: the third field). */
export function filterCandidates(sdp: string, protocol: PreferredProtocol): string {
  if (protocol === 'UDP_OVER_TCP') return sdp;
  const unwanted = protocol === 'UDP_ONLY' ? 'tcp' : 'udp';
  return sdp
    .split('\r\n')
    .filter((line) => !(line.startsWith('a=candidate:') && line.split(' ')[2]?.toLowerCase() === unwanted))
    .join('\r\n');
}

/**
 * Asks for stereo in the Opus format of some audio m-sections (RFC 7587 section 6.1), for which there is no other interface:
 * in an offer it makes our decoder stereo, in an answer our encoder.
 */
export function withStereo(sdp: string, wanted: (section: string) => boolean): string {
  return sdp
    .split(/(?=^m=)/m)
    .map((section) => (section.startsWith('m=audio') && wanted(section) ? stereoSection(section) : section))
    .join('');
}

export function isReceiving(section: string): boolean {
  return /^a=recvonly\r?$/m.test(section);
}

export function hasMid(mid: string | null): (section: string) => boolean {
  return (section) => mid !== null && /^a=mid:(\S+)/m.exec(section)?.[1] === mid;
}

function stereoSection(section: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(section)?.[1];
  if (!opus || new RegExp(`^a=fmtp:${opus} .*\\bstereo=1`, 'm').test(section)) return section;
  const format = new RegExp(`^(a=fmtp:${opus} [^\\r\\n]*)`, 'm');
  if (format.test(section)) return section.replace(format, '$1;stereo=1;sprop-stereo=1');
  const map = new RegExp(`^(a=rtpmap:${opus} [^\\r\\n]*)`, 'm');
  return section.replace(map, `$1\r\na=fmtp:${opus} stereo=1;sprop-stereo=1`);
}

/**
 * The offer without lines about payload types that its m-line does not have, which Firefox leaves in when codecs are chosen by
 * preference (RFC 8866 section 6.15 wants them there).
 */
export function cleanOffer(sdp: string): string {
  return sdp
    .split(/(?=^m=)/m)
    .map((section) => {
      const formats = /^m=\S+ \S+ \S+ (.*?)\r?$/m.exec(section)?.[1]?.split(' ');
      if (!formats) return section;
      return section
        .split(/(?<=\n)/)
        .filter((line) => {
          const payloadType = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
          return payloadType === undefined || formats.includes(payloadType);
        })
        .join('');
    })
    .join('');
}
