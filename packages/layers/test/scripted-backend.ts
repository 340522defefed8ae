import {
  type Capabilities,
  declareCapabilities,
  type Entry,
  type FsBackend,
  FsError,
  isNotModified,
  type ReadAnswer,
  type Version,
} from '@mountkit/core';

/** A backend whose verbs a test writes; those it leaves out are ENOTSUP. */
export function scripted(verbs: Partial<FsBackend>, capabilities: Partial<Capabilities> = {}): FsBackend {
  const refuse = (op: string) => (): never => {
    throw new FsError('ENOTSUP', { op });
  };
  return {
    abi: 1,
    id: 'scripted',
    capabilities: declareCapabilities({ ranges: true, versions: 'strong', ...capabilities }),
    stat: refuse('stat'),
    list: refuse('list'),
    read: refuse('read'),
    ...verbs,
  };
}

export const v1: Version = { token: 'v1', strength: 'strong' };
export const v2: Version = { token: 'v2', strength: 'strong' };

/** A file's entry. */
export function fileEntry(size: number, more: Partial<Entry> = {}): Entry {
  return { path: '', type: 'file', size, sizeKind: 'exact', version: v1, ...more };
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A body in pieces; a piece that is an error is thrown, one that is a promise is waited for. `log` hears of its end. */
export async function* pieces(
  parts: readonly (string | Error | Promise<unknown>)[],
  log: string[] = [],
): AsyncGenerator<Uint8Array> {
  try {
    for (const part of parts) {
      if (part instanceof Error) throw part;
      if (typeof part === 'string') yield bytes(part);
      else await part;
    }
  } finally {
    log.push('ended');
  }
}

/** The text of an answer to a read. */
export async function textOf(answer: unknown): Promise<string> {
  const read = (await answer) as ReadAnswer;
  if (isNotModified(read)) return '(not modified)';
  const parts: Uint8Array[] = [];
  for await (const piece of read.body) parts.push(piece);
  return Buffer.concat(parts).toString();
}

/** What a call ended in: its error. */
export async function errorOf(call: () => unknown): Promise<FsError> {
  try {
    await call();
  } catch (error) {
    return error as FsError;
  }
  throw new Error('the call did not fail');
}
