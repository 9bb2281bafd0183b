import { expect, test } from 'vitest';
import { arrangeStage, keepSpeakerVisible, type StageInput } from './stage.js';

const base: StageInput = { localId: 'me', remote: [{ id: 'a', sharing: false }, { id: 'b', sharing: false }], localSharing: false, presenterId: null, pins: new Map() };
const ids = (pictures: { participantId: string; kind: string }[]) => pictures.map((p) => (p.kind === 'share' ? `${p.participantId}*` : p.participantId));

test('without share or pin everyone is in the grid, oneself last', () => {
  const { main, others } = arrangeStage(base);
  expect(main).toBeUndefined();
  expect(ids(others)).toEqual(['a', 'b', 'me']);
});

test('the latest share is the main picture, an older one stands first beside it', () => {
  const { main, others } = arrangeStage({ ...base, remote: [{ id: 'a', sharing: true }, { id: 'b', sharing: true }], presenterId: 'a' });
  expect(main).toEqual({ participantId: 'a', kind: 'share' });
  expect(ids(others)).toEqual(['b*', 'a', 'b', 'me']);
});

test('a pinned share goes before the latest, a pinned camera after any share', () => {
  const pins = new Map([['b', { cam: true, share: true }]]);
  const sharing = { ...base, remote: [{ id: 'a', sharing: true }, { id: 'b', sharing: true }], presenterId: 'a', pins };
  expect(arrangeStage(sharing).main).toEqual({ participantId: 'b', kind: 'share' });
  const pinned = arrangeStage({ ...base, pins });
  expect(pinned.main).toEqual({ participantId: 'b', kind: 'video' });
  expect(ids(pinned.others)).toEqual(['a', 'me']);
});

test('the own share is shown too, so that one sees what others see', () => {
  expect(arrangeStage({ ...base, localSharing: true, presenterId: 'me' }).main).toEqual({ participantId: 'me', kind: 'share' });
});

test('alone, a pin changes nothing', () => {
  expect(arrangeStage({ ...base, remote: [], pins: new Map([['me', { cam: true, share: false }]]) }).main).toBeUndefined();
});

test('a speaker from a further page takes the place of the one silent for longest', () => {
  const others = ['a', 'b', 'c', 'd'].map((participantId) => ({ participantId, kind: 'video' as const }));
  expect(ids(keepSpeakerVisible(others, 3, ['b', 'a']))).toEqual(['a', 'b', 'c', 'd']);
  expect(ids(keepSpeakerVisible(others, 3, ['d', 'b', 'a', 'c']))).toEqual(['a', 'b', 'd', 'c']);
  expect(ids(keepSpeakerVisible(others, 2, ['d', 'b', 'a']))).toEqual(['d', 'b', 'c', 'a']);
});
