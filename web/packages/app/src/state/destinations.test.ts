import { describe, expect, test } from 'vitest';
import { type Draft, draftProblem, emptyDraft, nameOfUrl, outputOf, SERVICES, withService } from './destinations.js';

test('every platform’s own address is one that a livestream can go to', () => {
  for (const { id, url, name } of SERVICES) {
    if (id === 'custom') continue;
    expect(draftProblem({ ...emptyDraft(1, id), streamKey: 'k' }), id).toBeUndefined();
    expect(nameOfUrl(url)).toBe(name);
  }
});

test('another platform gets its own address and not the other’s key', () => {
  const draft = { ...emptyDraft(7), streamKey: 'secret' };
  expect(withService(draft, 'twitch')).toEqual({ row: 7, service: 'twitch', url: 'rtmp://live.twitch.tv/app', streamKey: '' });
  expect(withService(draft, 'custom').url).toBe('');
});

describe('a row', () => {
  const row: Draft = { ...emptyDraft(1, 'custom'), url: 'rtmp://media.example/live', streamKey: 'k' };
  test.each<[Partial<Draft>, RegExp]>([
    [{ url: ' ' }, /server’s address/],
    [{ url: 'https://media.example' }, /rtmp:\/\/ or rtmps:\/\//],
    [{ url: 'rtmp:///live' }, /rtmp:\/\/ or rtmps:\/\//],
    [{ url: 'rtmp://a b' }, /rtmp:\/\/ or rtmps:\/\//],
    [{ streamKey: 'a b' }, /no spaces/],
    [{ service: 'twitch', streamKey: ' ' }, /enter the stream key/],
  ])('with %o is not complete', (change, words) => {
    expect(draftProblem({ ...row, ...change })).toMatch(words);
  });
  test('of a server of one’s own may have everything in its address', () => {
    expect(draftProblem({ ...row, streamKey: '' })).toBeUndefined();
  });
  test('is trimmed, as copied text often needs it', () => {
    expect(draftProblem({ ...row, url: ' rtmps://media.example:443/live ', streamKey: ' k\n' })).toBeUndefined();
    expect(outputOf({ ...row, url: ' rtmp://m/x ', streamKey: ' k\n' })).toEqual({ url: 'rtmp://m/x', streamKey: 'k' });
  });
});

test('an address that only looks like a platform’s is called by its host', () => {
  expect(nameOfUrl('rtmp://notyoutube.com/live')).toBe('notyoutube.com');
  expect(nameOfUrl('rtmp://127.0.0.1:1935/live')).toBe('127.0.0.1');
  expect(nameOfUrl('rtmp://[::1]:1935/live')).toBe('[::1]');
});
