// Plays the server's part of recordings, livestreams and HLS between a page and the real server, so that states can be shown which
// a real one takes only with a full disk or a platform that refuses. All other messages go through.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const ROOT = join(import.meta.dirname, '../../..');
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, compileSchema()));
const ClientMessage = registry.getMessage('parley.wire.ClientMessage');
const ServerMessage = registry.getMessage('parley.wire.ServerMessage');

export const KIND = { recording: 0, livestream: 1, hls: 2 };
const PREFIX = ['RECORDING', 'LIVESTREAM', 'HLS'];

function compileSchema() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-schema-'));
  try {
    execFileSync('protoc', [`--descriptor_set_out=${folder}/set`, `-I${ROOT}`, 'wire/parley.proto']);
    return readFileSync(join(folder, 'set'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export class ScriptedEgress {
  /** What pages asked for: {what: 'startEgress' …, kind, options}. */
  asked = [];
  /** {code, message}: the answer to every request instead of the usual one. */
  refusal = null;
  #states = new Map();
  #pages = new Set();

  /** Before the page opens its socket. */
  async attach(tab) {
    await tab.routeWebSocket(/\/v1\/signal/, (page) => {
      const server = page.connectToServer();
      // Numbered 0, as messages that are not replayed: the real server's own numbers stay whole.
      const say = (body, replyTo = 0) => page.send(Buffer.from(toBinary(ServerMessage, create(ServerMessage, { replyTo, body }))));
      this.#pages.add(say);
      page.onMessage((bytes) => {
        const { id, body } = fromBinary(ClientMessage, new Uint8Array(bytes));
        if (body.case?.endsWith('Egress')) this.#answer(body, (reply) => say(reply, id));
        else server.send(bytes);
      });
    });
  }

  /** Tells all pages what has become of one. */
  tell(id, change) {
    const state = { ...this.#states.get(id), ...change };
    this.#states.set(id, state);
    for (const say of this.#pages) say({ case: 'egressChanged', value: state });
  }

  #answer({ case: what, value }, reply) {
    const options = JSON.parse(value.optionsJson || '{}');
    const { kind } = value;
    this.asked.push({ what, kind, options });
    if (this.refusal) return reply({ case: 'error', value: this.refusal });
    if (what !== 'startEgress') return reply({ case: 'ok', value: {} });
    const id = PREFIX[kind].toLowerCase();
    const outputs = (options.outputs ?? []).map(({ url }, i) => ({ id: `output-${i}`, url, state: 'connecting' }));
    const state = { kind, egressId: id, status: `${PREFIX[kind]}_STARTING`, outputs, configJson: JSON.stringify(options.config ?? {}) };
    this.#states.set(id, state);
    reply({ case: 'egressStarted', value: { state } });
    this.tell(id, {});
  }
}
