/** The signalling messages (`wire/parley.proto`) as TypeScript values, and their binary form. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ClientMessageSchema, ServerMessageSchema } from './gen/wire/parley_pb.js';
import type { ClientMessage, ServerMessage } from './gen/wire/parley_pb.js';

export * from './gen/wire/parley_pb.js';
export { create } from '@bufbuild/protobuf';
export type { MessageInitShape } from '@bufbuild/protobuf';

/** What a client may say: `{case: 'join', value: {...}}`, where fields left out have their zero value. */
export type ClientBody = NonNullable<MessageInitShape<typeof ClientMessageSchema>['body']>;
/** What the server said. */
export type ServerBody = ServerMessage['body'];

export function serializeClient(id: number, body: ClientBody): Uint8Array {
  return toBinary(ClientMessageSchema, create(ClientMessageSchema, { id, body }));
}

/** Throws if the bytes are not a ServerMessage. */
export function parseServer(bytes: Uint8Array): ServerMessage {
  return fromBinary(ServerMessageSchema, bytes);
}

/** The server's side of the conversation, for tests that play the server. */
export function serializeServer(message: MessageInitShape<typeof ServerMessageSchema>): Uint8Array {
  return toBinary(ServerMessageSchema, create(ServerMessageSchema, message));
}

/** Throws if the bytes are not a ClientMessage. */
export function parseClient(bytes: Uint8Array): ClientMessage {
  return fromBinary(ClientMessageSchema, bytes);
}
