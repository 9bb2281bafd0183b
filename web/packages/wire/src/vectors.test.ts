// The golden messages in wire/vectors, which src/wire/vectors_test.cpp checks too: both languages must write and read the same
// bytes. To add one, leave its "hex" empty and run with UPDATE_VECTORS=1; the C++ test then has to agree.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { create, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ClientMessageSchema, ServerMessageSchema, parseServer, serializeClient } from './index.js';

interface Vector {
  name: string;
  type: 'ClientMessage' | 'ServerMessage';
  json: JsonValue;
  hex: string;
}

const folder = new URL('../../../../wire/vectors/', import.meta.url);
const schemas = { ClientMessage: ClientMessageSchema, ServerMessage: ServerMessageSchema };
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function load(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vector[];
}

if (process.env.UPDATE_VECTORS) {
  for (const file of files) {
    const lines = load(file).map((vector) => {
      const schema = schemas[vector.type];
      vector.hex ||= hexOf(toBinary(schema, fromJson(schema, vector.json)));
      return JSON.stringify(vector);
    });
    writeFileSync(new URL(file, folder), `[\n${lines.join(',\n')}\n]\n`);
  }
}

describe.each(files)('wire/vectors/%s', (file) => {
  it.each(load(file))('$name', ({ type, json, hex }) => {
    const schema = schemas[type];
    expect(hexOf(toBinary(schema, fromJson(schema, json)))).toBe(hex);
    expect(toJson(schema, fromBinary(schema, Buffer.from(hex, 'hex')))).toEqual(json);
  });
});

it('has a vector for every kind of message', () => {
  const vectors = files.flatMap(load);
  for (const [type, schema] of Object.entries(schemas)) {
    const covered = vectors
      .filter((vector) => vector.type === type)
      .map((vector) => fromBinary(schema, Buffer.from(vector.hex, 'hex')).body.case as string);
    expect(schema.oneofs[0]?.fields.map((field) => field.localName).filter((name) => !covered.includes(name))).toEqual(
      [],
    );
  }
});

it('fills what a caller leaves out with zero values', () => {
  expect(hexOf(serializeClient(7, { case: 'publish', value: { enabled: true } }))).toBe(
    hexOf(
      toBinary(
        ClientMessageSchema,
        create(ClientMessageSchema, fromJson(ClientMessageSchema, { id: 7, publish: { enabled: true } })),
      ),
    ),
  );
});

it('throws on bytes that are no message', () => {
  expect(() => parseServer(new Uint8Array([0x0a, 0xff, 0xff]))).toThrow();
});
