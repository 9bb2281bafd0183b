// Builds the SDK into build/web/sdk at the root of the repository:
//   parley.js     script, global Parley          videosdk.js  the same object, also as global VideoSDK
//   parley.mjs    ES module, types in parley.d.mts and types/
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '../../../build/web/sdk');
rmSync(output, { recursive: true, force: true });

function bundle(entry, format, fileName) {
  return build({
    root: here,
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: output,
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: true,
      lib: { entry: join(here, entry), formats: [format], name: 'Parley', fileName: () => fileName },
    },
  });
}

await bundle('src/script.ts', 'iife', 'parley.js');
await bundle('src/index.ts', 'es', 'parley.mjs');
const script = readFileSync(join(output, 'parley.js'), 'utf8').replace(/\/\/# sourceMappingURL=.*\s*$/, '');
writeFileSync(join(output, 'videosdk.js'), `${script}window.VideoSDK = Parley;\n`);

const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
const options = [
  '--noEmit',
  'false',
  '--declaration',
  '--emitDeclarationOnly',
  '--stripInternal',
  '--outDir',
  join(output, 'types'),
];
execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', join(here, 'tsconfig.types.json'), ...options], {
  stdio: 'inherit',
});
// What index.d.ts does not reach is nobody's business.
for (const name of readdirSync(join(output, 'types'))) {
  if (!['api', 'errors.d.ts', 'index.d.ts'].includes(name)) rmSync(join(output, 'types', name), { recursive: true });
}
writeFileSync(join(output, 'parley.d.mts'), "export * from './types/index.js';\n");
