// Starts the real `parley serve` for a test, on ports of its own, and makes rooms and tokens as an application's back end
// would: REST with a token signed here, by an implementation that shares nothing with the server's.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '../../..');
const BINARY = process.env.PARLEY_BINARY ?? join(ROOT, 'build/release/parley');
const KEY = 'test-key';
const SECRET = 'test-secret-of-at-least-thirty-two-characters';

/** A TCP port that is free now. */
export async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** Signs a VideoSDK-style token (JWT, HS256). */
export function signToken(claims, secret = SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({
    apikey: KEY, version: 2, permissions: ['allow_join'], iat: now, exp: now + 3600, ...claims,
  })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

export async function eventually(what, check, { timeout = 15000, every = 50 } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${timeout} ms in vain for: ${what} (last: ${last})`);
    await delay(every);
  }
}

export class Server {
  #process;
  #args;
  log = '';

  static async start(args = []) {
    const server = new Server();
    server.httpPort = await freePort();
    server.mediaPort = 20000 + Math.floor(Math.random() * 20000);
    server.url = `http://127.0.0.1:${server.httpPort}`;
    server.dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
    server.#args = args;
    await server.launch();
    return server;
  }

  /** Starts the process (again) with the same ports and data. */
  async launch() {
    this.#process = spawn(BINARY, ['serve', '--http-port', this.httpPort, '--media-port', this.mediaPort,
      '--data-dir', this.dataDir, '--api-key', KEY, '--api-secret', SECRET, '--web-root', join(ROOT, 'build/web'),
      '--log-level', process.env.PARLEY_LOG ?? 'info', ...this.#args].map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (data) => {
        this.log += data;
        if (process.env.PARLEY_LOG) process.stderr.write(data);
      });
    }
    this.exited = new Promise((done) => this.#process.on('exit', (code, signal) => done({ code, signal })));
    await eventually('the server to answer /healthz', async () => {
      if (this.#process.exitCode !== null) throw new Error(`the server ended:\n${this.log}`);
      return (await fetch(`${this.url}/healthz`)).ok;
    });
  }

  /** SIGTERM and wait. */
  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGTERM');
    return this.exited;
  }
  async kill() {
    this.#process.kill('SIGKILL');
    return this.exited;
  }
  async close() {
    const end = await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
    if (end.code !== 0) throw new Error(`the server ended with ${JSON.stringify(end)}:\n${this.log.slice(-4000)}`);
  }

  token(claims) {
    return signToken(claims);
  }
  async rest(method, path, body, claims = { permissions: ['allow_join', 'allow_mod'] }) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: signToken(claims), 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  }
  async createRoom(body = {}) {
    const { status, body: room } = await this.rest('POST', '/v2/rooms', body);
    if (status !== 200 && status !== 201) throw new Error(`creating a room gave ${status}: ${JSON.stringify(room)}`);
    return room.roomId;
  }
}
