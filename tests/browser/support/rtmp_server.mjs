// A real RTMP server: nginx with its rtmp module, on a port and in a folder of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MediaFile } from './media_file.mjs';
import { eventually, freePort } from './server.mjs';

export class RtmpServer {
  #process;

  static async start() {
    const server = new RtmpServer();
    server.port = await freePort();
    server.folder = mkdtempSync(join(tmpdir(), 'parley-rtmp-'));
    server.url = `rtmp://127.0.0.1:${server.port}/live`;
    server.closedUrl = `rtmp://127.0.0.1:${server.port}/closed`;
    writeFileSync(join(server.folder, 'nginx.conf'), `
      load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
      daemon off; master_process off; worker_processes 1; pid ${server.folder}/pid; error_log stderr warn;
      events { worker_connections 512; }
      rtmp { server { listen 127.0.0.1:${server.port}; chunk_size 4096;
        application live { live on; record off; allow publish all; allow play all; }
        application closed { live on; deny publish all; }
      } }`);
    await server.launch();
    return server;
  }

  async launch() {
    this.#process = spawn('/usr/sbin/nginx', ['-p', this.folder, '-c', join(this.folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.exited = new Promise((done) => this.#process.on('exit', done));
    await eventually('nginx to listen', () => new Promise((done, fail) => {
      const probe = connect(this.port, '127.0.0.1', () => { probe.destroy(); done(true); });
      probe.on('error', fail);
    }));
  }
  async kill() {
    this.#process.kill('SIGKILL');
    await this.exited;
  }
  async close() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Plays a stream for so long, as a viewer would, and gives what was seen. */
  async watch(key, seconds) {
    const path = join(this.folder, `${key}-${Date.now()}.mkv`);
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-rw_timeout', '15000000', '-i', `${this.url}/${key}`, '-t', String(seconds), '-c', 'copy', path]);
    return new MediaFile(path);
  }
}
