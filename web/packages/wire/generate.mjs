// Makes src/gen/wire/parley_pb.ts from the schema at the root of the repository, when it is older than the schema.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const schema = join(root, 'wire/parley.proto');
const output = join(here, 'src/gen');
const generated = join(output, 'wire/parley_pb.ts');

if (!existsSync(generated) || statSync(generated).mtimeMs < statSync(schema).mtimeMs) {
  const manifest = createRequire(import.meta.url).resolve('@bufbuild/protoc-gen-es/package.json');
  const plugin = join(dirname(manifest), 'bin/protoc-gen-es');
  mkdirSync(output, { recursive: true });
  execFileSync(
    'protoc',
    [`--plugin=protoc-gen-es=${plugin}`, `--es_out=${output}`, '--es_opt=target=ts', `-I${root}`, schema],
    { stdio: 'inherit' },
  );
}
