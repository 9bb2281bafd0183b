// What goes wrong on the way: a cut socket, a server restart, closed UDP, a moved network path, a lost participant.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { connect, createServer } from 'node:net';
import { Person, allSeeAndHear, startPage } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually, Server } from './support/server.mjs';

const on = scene();

const goodbye = (...people) => Promise.all(people.map((p) => p.close()));
const nft = (...rules) => execFileSync('nft', ['-f', '-'], { input: rules.join('\n') });

/** A TCP relay in front of a server whose connections can be cut. */
async function cuttable(server = on.server) {
  const open = new Set();
  let refuse = false;
  const relay = createServer((inner) => {
    if (refuse) return inner.destroy();
    const outer = connect(server.httpPort, '127.0.0.1');
    for (const [a, b] of [[inner, outer], [outer, inner]]) {
      open.add(a);
      a.pipe(b);
      a.on('error', () => b.destroy());
      a.on('close', () => { open.delete(a); b.destroy(); });
    }
  });
  await new Promise((done) => relay.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${relay.address().port}`,
    cut: ({ stay = false } = {}) => { refuse = stay; for (const socket of open) socket.destroy(); },
    mend: () => { refuse = false; },
    close: () => { for (const socket of open) socket.destroy(); relay.close(); },
  };
}

test('a cut socket: media goes on, signalling resumes, nothing that happened meanwhile is missed', async () => {
  const meetingId = await on.server.createRoom();
  const token = on.server.token();
  const relay = await cuttable();
  const anna = await (await Person.arrive(on.browser, on.page, 'anna')).join({ token, meetingId, signalingBaseUrl: relay.url });
  const ben = await (await Person.arrive(on.browser, on.page, 'ben')).join({ token, meetingId });
  await allSeeAndHear([anna, ben]);
  relay.cut({ stay: true });
  await eventually('anna to be reconnecting', () => anna.run(() => meeting.state === 'RECONNECTING'));
  await eventually('ben to see that she is', () => ben.run(() => meeting.participants.get('anna')?.reconnecting === true));
  await anna.sees(ben);
  await anna.hears(ben);
  const cleo = await (await Person.arrive(on.browser, on.page, 'cleo')).join({ token, meetingId });
  relay.mend();
  await eventually('anna to be connected again', () => anna.run(() => meeting.state === 'CONNECTED'));
  await anna.sees(cleo);
  await cleo.sees(anna);
  assert.deepEqual(await ben.events('participant-left'), []);
  relay.close();
  await goodbye(anna, ben, cleo);
});

test('someone whose connection is gone for good leaves after the grace period with reason 1001', async () => {
  const server = await Server.start(['--grace-period', '3']);
  const page = await startPage(server);
  const meetingId = await server.createRoom();
  const token = server.token();
  const relay = await cuttable(server);
  const anna = await (await Person.arrive(on.browser, page, 'anna')).join({ token, meetingId, signalingBaseUrl: relay.url });
  const ben = await (await Person.arrive(on.browser, page, 'ben')).join({ token, meetingId });
  await ben.sees(anna);
  relay.cut({ stay: true });
  await eventually('anna to be out', async () => !(await ben.remoteIds()).includes('anna'), { timeout: 20000 });
  assert.equal(await ben.run(() => window.events.find((e) => e.event === 'participant-left').args[1].code), 1001);
  relay.close();
  await goodbye(anna, ben);
  page.close();
  await server.close();
});

test('a server restart: everyone is back without a reload and media flows again', async () => {
  const { people } = await on.meet(['anna', 'ben']);
  await allSeeAndHear(people);
  assert.deepEqual(await on.server.stop(), { code: 0, signal: null });
  await eventually('the clients to notice', () => people[0].run(() => meeting.state === 'RECONNECTING'));
  await on.server.launch();
  for (const person of people) await eventually('being connected', () => person.run(() => meeting.state === 'CONNECTED'), { timeout: 30000 });
  await allSeeAndHear(people);
  await goodbye(...people);
});

test('a server that was killed: the same', async () => {
  const { people } = await on.meet(['anna', 'ben']);
  await allSeeAndHear(people);
  await on.server.kill();
  await on.server.launch();
  for (const person of people) await eventually('being connected', () => person.run(() => meeting.state === 'CONNECTED'), { timeout: 30000 });
  await allSeeAndHear(people);
  await goodbye(...people);
});

test('UDP is closed: media goes over TCP', async () => {
  const ports = `${on.server.mediaPort}-${on.server.mediaPort + 8}`;
  nft('table inet closed {', 'chain input {', 'type filter hook input priority 0;', `udp dport ${ports} drop`, '}', '}');
  try {
    const { people } = await on.meet(['anna', 'ben']);
    await allSeeAndHear(people);
    await goodbye(...people);
  } finally {
    nft('delete table inet closed');
  }
});

test('the path changes while people talk: ICE restarts and media flows again', async () => {
  const { people } = await on.meet(['anna', 'ben']);
  await allSeeAndHear(people);
  // Every UDP flow that exists now is cut by its client port; new ones (after the restart) pass.
  const flows = execFileSync('ss', ['-Hunap'], { encoding: 'utf8' });
  const clientPorts = [...flows.matchAll(/^\S+\s+\S+\s+\S+\s+\S+:(\d+)\s/gm)].map((m) => Number(m[1])).filter((p) => p > 1024 && (p < on.server.mediaPort || p > on.server.mediaPort + 8));
  nft('table inet moved {', 'chain input {', 'type filter hook input priority 0;', `udp sport { ${[...new Set(clientPorts)].join(', ')} } drop`, `udp dport { ${[...new Set(clientPorts)].join(', ')} } drop`, '}', '}');
  try {
    await eventually('the loss to be noticed', () => people[0].run(() => meeting.state === 'RECONNECTING' || window.events.some((e) => e.event === 'meeting-state-changed' && e.args[0].state === 'RECONNECTING')), { timeout: 30000 });
    await allSeeAndHear(people);
  } finally {
    nft('delete table inet moved');
  }
  await goodbye(...people);
});

test('5 % loss in both directions: the picture keeps moving', async () => {
  const ports = `${on.server.mediaPort}-${on.server.mediaPort + 8}`;
  nft('table inet lossy {', 'chain input {', 'type filter hook input priority 0;', `udp dport ${ports} numgen random mod 100 < 5 drop`, `udp sport ${ports} numgen random mod 100 < 5 drop`, '}', '}');
  try {
    const { people } = await on.meet(['anna', 'ben']);
    await allSeeAndHear(people);
    const frames = () => people[1].run(async () => (await meeting.participants.get('anna').getVideoStats())[0]?.size?.framerate ?? 0);
    await eventually('at least 10 frames a second under loss', async () => (await frames()) >= 10);
    await goodbye(...people);
  } finally {
    nft('delete table inet lossy');
  }
});
