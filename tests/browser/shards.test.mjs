// One room on two media threads: each person on a shard of their own, media relayed between them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allSeeAndHear } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene({ serverArgs: ['--shards', '2', '--room-shard-limit', '1'] });

test('people on different shards see and hear each other, share, choose quality and leave', async () => {
  const { people: [anna, ben] } = await on.meet(['anna', 'ben'], { media: { width: 640, height: 360 } });
  await allSeeAndHear([anna, ben]);
  const connections = await eventually('a connection on each shard', async () => {
    const metrics = await (await fetch(`${on.server.url}/metrics`)).text();
    const counts = [...metrics.matchAll(/^parley_media_connections\{shard="\d"\} (\d+)$/gm)].map((m) => Number(m[1]));
    return counts.every((count) => count === 1) && counts;
  });
  assert.deepEqual(connections, [1, 1]);
  await anna.run(() => meeting.enableScreenShare(TestMedia.make({ color: [230, 120, 20], tone: 3100, width: 640, height: 360 })));
  await ben.sees({ name: 'anna', color: [230, 120, 20] }, 'share');
  await ben.run(() => meeting.participants.get('anna').setQuality('low'));
  await eventually('the smaller picture', async () => (await ben.look('anna'))?.width < 640);
  await ben.sees(anna);
  await anna.leave();
  await eventually('anna to be gone', async () => (await ben.remoteIds()).length === 0);
  await Promise.all([anna.close(), ben.close()]);
});
