import { ErrorCode, ParleyError } from '../errors.js';

/** The interface's own limit. */
export const kMaxDataBytes = 15 * 1024;

export interface Data {
  payload: Uint8Array;
  isText: boolean;
}

/** The bytes of what an application wants to send to the others. */
export async function toData(payload: string | Blob | ArrayBuffer | ArrayBufferView): Promise<Data> {
  const bytes = await bytesOf(payload);
  if (bytes.length > kMaxDataBytes) {
    throw new ParleyError(
      ErrorCode.PAYLOAD_TOO_LARGE,
      `At most ${kMaxDataBytes} bytes can be sent, not ${bytes.length}.`,
    );
  }
  return { payload: bytes, isText: typeof payload === 'string' };
}

async function bytesOf(payload: string | Blob | ArrayBuffer | ArrayBufferView): Promise<Uint8Array> {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  if (payload instanceof Blob) return new Uint8Array(await payload.arrayBuffer());
  if (payload instanceof ArrayBuffer) return new Uint8Array(payload);
  if (ArrayBuffer.isView(payload)) return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  throw new ParleyError(ErrorCode.BAD_PARAMETER, 'Only strings, Blobs and buffers can be sent.');
}

export function fromData({ payload, isText }: Data): string | ArrayBuffer {
  return isText ? new TextDecoder().decode(payload) : (payload.slice().buffer as ArrayBuffer);
}
