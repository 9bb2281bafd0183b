// Who may do what: knocking, moderation, modes, pins, chat; tokens that are wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Person } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually, signToken } from './support/server.mjs';

const on = scene();

const HOST = { permissions: ['allow_join', 'allow_mod'] };
async function arrive(name, meetingId, claims = HOST, options = {}) {
  return (await Person.arrive(on.browser, on.page, name)).join({ token: on.server.token(claims), meetingId, ...options });
}
const goodbye = (...people) => Promise.all(people.map((p) => p.close()));
/** The code a promise in the page rejects with, or null. */
const refusal = (person, work, argument) => person.run(`(async () => { try { await (${work})(${JSON.stringify(argument ?? null)}); return null; } catch (e) { return e.code; } })()`);

test('a guest knocks, waits, is let in, and then sees and hears', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  await anna.run(() => { window.handlers = { 'entry-requested': (request) => { window.request = request; } }; });
  const ben = await Person.arrive(on.browser, on.page, 'ben');
  const joining = ben.join({ token: on.server.token({ permissions: ['ask_join'] }), meetingId });
  await eventually('the knock to arrive', () => anna.run(() => window.request?.participantId === 'ben'));
  assert.equal(await anna.run(() => meeting.participants.size), 0, 'nobody is inside before being let in');
  await anna.run(() => request.allow());
  await joining;
  await ben.sees(anna);
  await anna.sees(ben);
  assert.deepEqual((await anna.events('entry-responded'))[0], ['ben', 'allowed']);
  await goodbye(anna, ben);
});

test('a guest who is turned away is told so', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  await anna.run(() => { window.handlers = { 'entry-requested': (request) => request.deny() }; });
  const ben = await Person.arrive(on.browser, on.page, 'ben');
  await assert.rejects(ben.join({ token: on.server.token({ permissions: ['ask_join'] }), meetingId }));
  assert.deepEqual(await anna.remoteIds(), []);
  await goodbye(anna, ben);
});

test('a moderator mutes and removes; someone without the right cannot', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId, { permissions: ['allow_join'] });
  await anna.hears(ben);
  assert.equal(await refusal(ben, `() => meeting.participants.get('anna').disableMic()`), 4068);
  assert.equal(await refusal(ben, `() => meeting.participants.get('anna').remove()`), 4066);
  await anna.run(() => meeting.participants.get('ben').disableMic());
  await anna.hearsNothingOf(ben);
  await eventually('ben to know', () => ben.run(() => meeting.localParticipant.micOn === false));
  await anna.run(() => meeting.participants.get('ben').remove());
  await eventually('ben to be out', async () => (await ben.events('meeting-left')).length > 0);
  assert.equal((await ben.events('meeting-left'))[0][0].code, 1002);
  assert.deepEqual(await anna.remoteIds(), []);
  await goodbye(anna, ben);
});

test('switching somebody on is a request that the other accepts or not', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId, HOST, { micEnabled: false });
  await ben.run(() => { window.handlers = { 'mic-requested': (request) => { window.asked = request; } }; });
  await anna.run(() => meeting.participants.get('ben').enableMic());
  await eventually('the request', () => ben.run(() => window.asked?.participantId === 'anna'));
  assert.equal(await ben.run(() => meeting.localParticipant.micOn), false);
  await ben.run(() => window.asked.accept());
  await eventually('the microphone to be on', () => anna.run(() => meeting.participants.get('ben').micOn));
  await goodbye(anna, ben);
});

test('ending the meeting ends it for everyone', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId);
  await anna.run(() => meeting.end());
  for (const person of [anna, ben]) await eventually('being out', async () => (await person.events('meeting-left')).length > 0);
  await goodbye(anna, ben);
});

test('an audience member receives but cannot send, until the mode changes', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId, HOST, { mode: 'RECV_ONLY', micEnabled: false, webcamEnabled: false });
  await ben.sees(anna);
  await ben.hears(anna);
  assert.ok(await refusal(ben, '() => meeting.enableWebcam(own)'), 'publishing is refused');
  await ben.run(() => meeting.changeMode('SEND_AND_RECV'));
  await ben.run(() => meeting.enableWebcam(own));
  await anna.sees(ben);
  await ben.run(() => meeting.changeMode('RECV_ONLY'));
  await eventually('the picture to go', () => anna.run(() => !meeting.participants.get('ben').webcamOn));
  await goodbye(anna, ben);
});

test('someone who only signals has chat and sees who is there', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId, HOST, { mode: 'SIGNALLING_ONLY', media: false });
  assert.deepEqual(await ben.remoteIds(), ['anna']);
  await ben.run(() => meeting.pubSub.publish('CHAT', 'hello', { persist: true }));
  const heard = await anna.run(async () => {
    const first = new Promise((done) => { window.gotOld = done; });
    await meeting.pubSub.subscribe('CHAT', { onMessageReceived: (m) => window.gotOld([m]), onOldMessagesReceived: (all) => all.length && window.gotOld(all) });
    return (await first).map((m) => [m.senderId, m.message]);
  });
  assert.deepEqual(heard, [['ben', 'hello']]);
  await goodbye(anna, ben);
});

test('chat: live, with history for a late joiner, private where asked', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId);
  const subscribe = (person) => person.run(async () => {
    window.chat = [];
    await meeting.pubSub.subscribe('CHAT', {
      onMessageReceived: (m) => window.chat.push(m.message),
      onOldMessagesReceived: (all) => window.chat.unshift(...all.map((m) => m.message)),
    });
  });
  await subscribe(anna);
  await subscribe(ben);
  await anna.run(() => meeting.pubSub.publish('CHAT', 'for all', { persist: true }));
  await ben.run(() => meeting.pubSub.publish('CHAT', 'only anna', { persist: true, sendOnly: ['anna'] }));
  await anna.run(() => meeting.pubSub.publish('CHAT', 'gone with the wind', { persist: false }));
  await eventually('anna to have all three', () => anna.run(() => window.chat.length >= 2 && window.chat.includes('only anna')));
  const cleo = await arrive('cleo', meetingId);
  await subscribe(cleo);
  await eventually('the history', () => cleo.run(() => window.chat.includes('for all')));
  assert.deepEqual(await cleo.run(() => window.chat), ['for all']);
  assert.ok(!(await cleo.run(() => window.chat)).includes('only anna'));
  await goodbye(anna, ben, cleo);
});

test('the active speaker is the one who makes a sound', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId, HOST, { micEnabled: false });
  const cleo = await arrive('cleo', meetingId, HOST, { micEnabled: false });
  await eventually('anna to be the speaker', () => cleo.run(() => meeting.activeSpeakerId === 'anna'), { timeout: 20000 });
  await anna.run(() => meeting.muteMic());
  await ben.run(() => meeting.unmuteMic(own));
  await eventually('ben to be the speaker', () => cleo.run(() => meeting.activeSpeakerId === 'ben'), { timeout: 20000 });
  await goodbye(anna, ben, cleo);
});

test('pins are shared', async () => {
  const meetingId = await on.server.createRoom();
  const anna = await arrive('anna', meetingId);
  const ben = await arrive('ben', meetingId);
  await anna.run(() => meeting.participants.get('ben').pin('CAM'));
  await eventually('ben to know that he is pinned', () => ben.run(() => meeting.pinnedParticipants.get('ben')?.cam === true));
  await anna.run(() => meeting.participants.get('ben').unpin('CAM'));
  await eventually('the pin to be gone', () => ben.run(() => !meeting.pinnedParticipants.get('ben')?.cam));
  await goodbye(anna, ben);
});

test('tokens: forged, expired, for another room or person, or without permissions are refused with their codes', async () => {
  const meetingId = await on.server.createRoom();
  const other = await on.server.createRoom();
  const cases = [
    ['forged', signToken({}, 'somebody-elses-secret-that-is-long-enough'), 4002],
    ['expired', on.server.token({ exp: Math.floor(Date.now() / 1000) - 60 }), 4002],
    ['garbage', 'not.a.token', 4002],
    ['unknown key', on.server.token({ apikey: 'nobody' }), 4001],
    ['another room', on.server.token({ roomId: other }), 4022],
    ['another participant', on.server.token({ participantId: 'cleo' }), 4023],
    ['crawler role', on.server.token({ roles: ['crawler'] }), 4024],
    ['mixed permissions', on.server.token({ permissions: ['ask_join', 'allow_join'] }), 4008],
  ];
  const anna = await Person.arrive(on.browser, on.page, 'anna');
  for (const [name, token, code] of cases) {
    const got = await anna.run(async ({ token, meetingId }) => {
      Parley.config(token);
      const attempt = Parley.initMeeting({ meetingId, name: 'anna', participantId: 'anna' });
      try { await attempt.join(); return 'joined'; } catch (e) { return e.code; }
    }, { token, meetingId });
    assert.equal(got, code, name);
  }
  const nowhere = await refusal(anna, `async () => { Parley.config(${JSON.stringify(on.server.token())}); await Parley.initMeeting({ meetingId: 'no-such-room', name: 'x' }).join(); }`);
  assert.equal(nowhere, 4003, 'a room that does not exist');
  await goodbye(anna);
});
