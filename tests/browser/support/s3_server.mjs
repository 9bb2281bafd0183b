// A real S3 server, OpenStack Swift, as the integration tests have it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(resolve(import.meta.dirname, '../../..'), 'tests/integration/s3/servers.py');

export class S3Server {
  #process;

  static async start() {
    const server = new S3Server();
    server.#process = spawn('python3', ['-B', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    server.exited = once(server.#process, 'exit');
    const lines = createInterface({ input: server.#process.stdout });
    const said = await Promise.race([once(lines, 'line'), server.exited.then(() => { throw new Error('there is no S3 server'); })]);
    Object.assign(server, JSON.parse(said[0]));
    return server;
  }

  /** Flags that send a Parley server's recordings here. */
  get flags() {
    return ['--s3-endpoint', this.endpoint, '--s3-bucket', this.bucket, '--s3-access-key', this.accessKey, '--s3-secret-key', this.secretKey];
  }

  async close() {
    this.#process.stdin.end();
    await this.exited;
  }
}
