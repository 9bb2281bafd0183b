import { expect, test } from 'vitest';
import { parseRoute, recordingsPath, roomIdFromInput } from './route.js';

test('addresses lead to pages', () => {
  expect(parseRoute('/', '')).toEqual({ page: 'home' });
  expect(parseRoute('/m/abcd-efgh-ijkl', '?name=Ann')).toMatchObject({ page: 'meeting', roomId: 'abcd-efgh-ijkl', name: 'Ann' });
  expect(parseRoute('/m/a%20b/', '?token=t')).toMatchObject({ roomId: 'a b', token: 't' });
  expect(parseRoute('/recordings', '?room=a%20b&token=t')).toEqual({ page: 'recordings', roomId: 'a b', token: 't' });
  expect(parseRoute('/recordings/', '?room=')).toEqual({ page: 'recordings', roomId: undefined, token: undefined });
  expect(parseRoute('/m/', '')).toEqual({ page: 'unknown' });
  expect(parseRoute('/x/y', '')).toEqual({ page: 'unknown' });
});

test('from a meeting to its recordings, with the same token', () => {
  expect(recordingsPath('a b')).toBe('/recordings?room=a+b');
  expect(recordingsPath('a', '?name=Ann&token=t%2B')).toBe('/recordings?room=a&token=t%2B');
});

test('a meeting can be named by its id or its address', () => {
  expect(roomIdFromInput(' abcd-efgh-ijkl ')).toBe('abcd-efgh-ijkl');
  expect(roomIdFromInput('https://meet.example.org/m/abcd-efgh-ijkl?name=x')).toBe('abcd-efgh-ijkl');
  expect(roomIdFromInput('two words')).toBeUndefined();
  expect(roomIdFromInput('')).toBeUndefined();
});
