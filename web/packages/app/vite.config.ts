import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const out = resolve(import.meta.dirname, '../../../build/web');

export default defineConfig({
  // The SDK's build writes sdk/ into the same folder: only what is the app's own is emptied.
  plugins: [{ name: 'empty-own-output', apply: 'build', buildStart: () => rmSync(resolve(out, 'assets'), { recursive: true, force: true }) }],
  build: { outDir: out, emptyOutDir: false, target: 'es2022' },
  // `npm run dev` beside a running server on its default port.
  server: { proxy: Object.fromEntries(['/v1', '/v2', '/app', '/sdk'].map((path) => [path, { target: 'http://localhost:8080', ws: true }])) },
});
