// Recordings of a room, started, changed and stopped by REST as an application's back end would.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { MediaFile } from './media_file.mjs';
import { eventually } from './server.mjs';

export function recordings(on) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-recordings-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const call = async (path, body) => {
    const answer = await on.server.rest('POST', path, body);
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  /** Starts one and waits until it runs. Several at once need a room whose `multiComposition` allows them. */
  async function record(roomId, options = {}) {
    const started = Date.now();
    const { id } = await call('/v2/recordings/start', { roomId, ...options });
    const find = async () => (await on.server.rest('GET', `/v2/recordings/${id}`)).body;
    const running = await eventually('the recording to run', async () => {
      const recording = await find();
      assert.notEqual(recording.status, 'RECORDING_FAILED', JSON.stringify(recording.error));
      return recording.status === 'RECORDING_STARTED' && recording;
    });
    const begun = Date.parse(running.start);
    return {
      id,
      /** Milliseconds from the call to the first recorded picture. */
      startDelay: begun - started,
      /** Seconds of the room's time since the file began. */
      elapsed: () => (Date.now() - begun) / 1000,
      layout: (config) => call('/v2/recordings/layout', { id, config }),
      pause: () => call('/v2/recordings/pause', { id }),
      resume: () => call('/v2/recordings/resume', { id }),
      /** Stops it, downloads the file as a browser would, and opens it. */
      async stop() {
        const seconds = (Date.now() - begun) / 1000;
        await call('/v2/recordings/end', { id });
        const done = await eventually('the file', async () => {
          const recording = (await on.server.rest('GET', `/v2/recordings/${id}`)).body;
          assert.notEqual(recording.status, 'RECORDING_FAILED', JSON.stringify(recording.error));
          return recording.status === 'RECORDING_STOPPED' && recording;
        });
        const response = await fetch(done.file.fileUrl);
        assert.equal(response.status, 200);
        const data = Buffer.from(await response.arrayBuffer());
        assert.equal(data.length, done.file.size);
        const path = join(folder, `${id}.${done.file.meta.format}`);
        writeFileSync(path, data);
        const file = new MediaFile(path);
        assert.ok(Math.abs(file.duration - done.file.meta.duration) < 0.1, `${file.duration} s, said ${done.file.meta.duration} s`);
        return { file, seconds, recording: done };
      },
    };
  }
  return { folder, record };
}
