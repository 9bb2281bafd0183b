// Where a livestream can go: the platforms' addresses, and what a person has filled in so far. Nothing of this is stored: a stream
// key is a password.

export interface Service {
  id: 'youtube' | 'twitch' | 'facebook' | 'custom';
  name: string;
  /** Empty for a server of one's own. */
  url: string;
  /** Where the platform shows the key. */
  keyHint: string;
}

export const SERVICES: readonly Service[] = [
  { id: 'youtube', name: 'YouTube', url: 'rtmp://a.rtmp.youtube.com/live2', keyHint: 'YouTube Studio, Create, Go live, Stream key' },
  { id: 'twitch', name: 'Twitch', url: 'rtmp://live.twitch.tv/app', keyHint: 'Creator dashboard, Settings, Stream, Primary stream key' },
  { id: 'facebook', name: 'Facebook', url: 'rtmps://live-api-s.facebook.com:443/rtmp/', keyHint: 'Live Producer, Streaming software, Stream key' },
  { id: 'custom', name: 'Other server', url: '', keyHint: 'The name or key that your server expects, if any' },
];

/** One row of the form. */
export interface Draft {
  /** Only to tell rows apart. */
  row: number;
  service: Service['id'];
  url: string;
  streamKey: string;
}

export function serviceById(id: Service['id']): Service {
  return SERVICES.find((service) => service.id === id) as Service;
}

export function emptyDraft(row: number, service: Service['id'] = 'youtube'): Draft {
  return { row, service, url: serviceById(service).url, streamKey: '' };
}

/** Another platform: its address takes the place of the old one's, the key of the old one is not sent to it. */
export function withService(draft: Draft, service: Service['id']): Draft {
  return { ...draft, service, url: serviceById(service).url, streamKey: '' };
}

/** What is still wrong with a row, in words; undefined if nothing is. */
export function draftProblem({ url, streamKey, service }: Draft): string | undefined {
  const { name } = serviceById(service);
  if (!url.trim()) return `${name}: enter the server’s address.`;
  if (!/^rtmps?:\/\/[^\s/]+(\/\S*)?$/i.test(url.trim())) return `${name}: the address must begin with rtmp:// or rtmps://.`;
  if (!streamKey.trim() && service !== 'custom') return `${name}: enter the stream key.`;
  if (/\s/.test(streamKey.trim())) return `${name}: a stream key has no spaces.`;
  return undefined;
}

export function outputOf({ url, streamKey }: Draft): { url: string; streamKey: string } {
  return { url: url.trim(), streamKey: streamKey.trim() };
}

/** What people call the place that an address leads to. */
export function nameOfUrl(url: string): string {
  const host = /^rtmps?:\/\/(\[[^\]]+\]|[^\s/:]+)/i.exec(url)?.[1]?.toLowerCase() ?? url;
  const is = (domain: string) => host === domain || host.endsWith(`.${domain}`);
  if (is('youtube.com')) return 'YouTube';
  if (is('twitch.tv')) return 'Twitch';
  if (is('facebook.com')) return 'Facebook';
  return host;
}
