import { type Entry, type FsBackend, FsError, isNotModified, type ReadAnswer, type ReadRequest } from '@mountkit/core';

/** An answer to a read with its body collected. */
interface Whole extends Omit<ReadAnswer, 'body'> {
  readonly bytes: Buffer;
}

/** Reads and drains; a "not modified" is a failure. */
export async function readWhole(backend: FsBackend, path: string, request: ReadRequest = {}): Promise<Whole> {
  const answer = await backend.read(path, request, {});
  if (isNotModified(answer)) throw new Error('not modified');
  return { entry: answer.entry, start: answer.start, bytes: await drain(answer) };
}

/** All bytes of an answer. */
export async function drain({ body }: Pick<ReadAnswer, 'body'>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What is at a path. */
export async function statOf(backend: FsBackend, path: string): Promise<Entry> {
  const entry = await backend.stat(path, {}, {});
  if (isNotModified(entry)) throw new Error('not modified');
  return entry;
}

/** All pages of a listing. */
export async function listAll(backend: FsBackend, path: string, recursive = false): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = await backend.list(
      path,
      { ...(recursive && { recursive }), ...(cursor !== undefined && { cursor }) },
      {},
    );
    entries.push(...page.entries);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return entries;
}

/** Everything below a path, by listing each directory: absolute paths with their entries. */
export async function walk(backend: FsBackend, path = '/'): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>();
  for (const entry of await listAll(backend, path)) {
    const below = `${path === '/' ? '' : path}/${entry.path}`;
    found.set(below, entry);
    if (entry.type === 'directory') for (const [deep, each] of await walk(backend, below)) found.set(deep, each);
  }
  return found;
}

/** The error a call ends in; one of ours. */
export async function errorOf(call: () => unknown): Promise<FsError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof FsError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}
