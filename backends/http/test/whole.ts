import type { FsBackend, ReadAnswer, ReadRequest } from '@mountkit/core';
import { isNotModified } from '@mountkit/core';

/** An answer to a read with its body collected. */
export interface Whole extends Omit<ReadAnswer, 'body'> {
  readonly bytes: Uint8Array;
}

/** Reads and drains; a "not modified" is a failure. */
export async function readWhole(backend: FsBackend, path: string, request: ReadRequest = {}): Promise<Whole> {
  const answer = await backend.read(path, request, {});
  if (isNotModified(answer)) throw new Error('not modified');
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return { entry: answer.entry, start: answer.start, bytes: new Uint8Array(Buffer.concat(chunks)) };
}

/** The wanted part of an answer that may cover more. */
export function wanted({ start, bytes }: Whole, offset: number, length: number): Uint8Array {
  return bytes.subarray(offset - start, offset - start + length);
}

/** The error a call ends in. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('the call succeeded');
}
