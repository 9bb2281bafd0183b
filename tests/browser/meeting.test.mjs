// People meet: two and four of them, a late joiner, leaving, reloading, the same id twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Person, allSeeAndHear } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene();

const goodbye = (people) => Promise.all(people.map((p) => p.close()));

test('two people see and hear each other, fast', async (t) => {
  const { people } = await on.meet(['anna', 'ben']);
  await allSeeAndHear(people);
  const timings = await eventually('the first remote frame to be timed', () => people[1].run(() => meeting.joinTimings.firstFrame && meeting.joinTimings));
  t.diagnostic(`join phases of the second one in ms after join(): ${JSON.stringify(timings)}`);
  await goodbye(people);
});

test('four people: each tile shows its own person and plays its own tone; a late joiner gets everything; leaving clears the tile', async () => {
  const { people, meetingId, token } = await on.meet(['anna', 'ben', 'cleo']);
  await allSeeAndHear(people);
  const late = await (await Person.arrive(on.browser, on.page, 'dora')).join({ token, meetingId });
  for (const other of people) {
    await late.sees(other);
    await late.hears(other);
    await other.sees(late);
    await other.hears(late);
  }
  await people[0].leave();
  for (const rest of [people[1], people[2], late]) {
    await eventually('anna to be gone', async () => !(await rest.remoteIds()).includes('anna'));
    assert.deepEqual((await rest.events('participant-left')).map(([who]) => who.id), ['anna']);
  }
  await late.sees(people[1]);
  await goodbye([...people, late]);
});

test('a reload brings the same person back, for oneself and for the others', async () => {
  const { people: [anna, ben], meetingId, token } = await on.meet(['anna', 'ben']);
  await ben.sees(anna);
  await anna.page.reload();
  await anna.join({ token, meetingId });
  await allSeeAndHear([anna, ben]);
  assert.deepEqual(await ben.remoteIds(), ['anna']);
  await goodbye([anna, ben]);
});

test('the same id joining again takes the place of the first, which leaves with reason 1011', async () => {
  const { people: [anna, ben], meetingId, token } = await on.meet(['anna', 'ben']);
  await ben.sees(anna);
  const again = await (await Person.arrive(on.browser, on.page, 'anna')).join({ token, meetingId });
  await eventually('the first anna to be out', async () => (await anna.events('meeting-left')).length > 0);
  assert.equal((await anna.events('meeting-left'))[0][0].code, 1011);
  await allSeeAndHear([again, ben]);
  await goodbye([anna, ben, again]);
});

test('nobody is left behind: the session ends when the last one leaves', async () => {
  const { people, meetingId } = await on.meet(['anna', 'ben']);
  for (const person of people) await person.leave();
  await eventually('the session to be ended', async () => {
    const { body } = await on.server.rest('GET', `/v2/sessions?roomId=${meetingId}`);
    return body.data.length === 1 && body.data[0].status === 'ended';
  });
  await goodbye(people);
});
