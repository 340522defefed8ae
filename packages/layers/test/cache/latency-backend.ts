import { type Capabilities, type Clock, type Entry, type FsBackend, FsError, type ReadAnswer } from '@mountkit/core';
import { scripted } from '../scripted-backend.ts';

/** A backend that answers after a round trip, and what was asked of it. */
export interface LatencyBackend extends FsBackend {
  readonly calls: string[];
  /** Bytes of bodies handed out. */
  movedBytes: number;
  /** Most verbs that were under way at a time. */
  mostAtOnce: number;
  readonly atOnce: number;
  /** While set, every call fails with it. */
  failure: FsError | undefined;
  readonly files: Map<string, LatencyFile>;
}

/** A file of {@link latencyBackend}. */
interface LatencyFile {
  readonly bytes: Uint8Array;
  token: string;
}

/** Bytes that tell their own position, so that a byte in the wrong place shows. */
export function patternBytes(size: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + (index >> 8) * 7 + seed) & 0xff;
  return bytes;
}

/** Files by path, each call answered after `latencyMs` of `clock`. Bodies are streams of fresh chunks, as a socket gives them. */
export function latencyBackend(
  contents: Readonly<Record<string, Uint8Array>>,
  clock: Clock,
  latencyMs: number,
  capabilities: Partial<Capabilities> = {},
  chunkBytes = 16_384,
): LatencyBackend {
  const files = new Map(Object.entries(contents).map(([path, bytes]) => [path, { bytes, token: 'v1' }]));
  const calls: string[] = [];
  let atOnce = 0;

  async function trip(signal: AbortSignal | undefined, op: string): Promise<void> {
    atOnce += 1;
    backend.mostAtOnce = Math.max(backend.mostAtOnce, atOnce);
    try {
      await clock.sleep(latencyMs, signal);
    } finally {
      atOnce -= 1;
    }
    if (backend.failure !== undefined) throw new FsError(backend.failure.code, { ...fieldsOf(backend.failure), op });
  }
  const entryOf = ({ bytes, token }: LatencyFile, path: string): Entry => ({
    path,
    type: 'file',
    size: bytes.byteLength,
    sizeKind: 'exact',
    version: { token, strength: 'strong' },
  });
  const find = (path: string, op: string): LatencyFile => {
    const file = files.get(path);
    if (file === undefined) throw new FsError('ENOENT', { op, path });
    return file;
  };
  const isDirectory = (path: string): boolean =>
    path === '/' || Array.from(files.keys()).some((each) => each.startsWith(`${path}/`));

  const backend: LatencyBackend = {
    ...scripted(
      {
        stat: async (path, _request, { signal }) => {
          calls.push(`stat ${path}`);
          await trip(signal, 'stat');
          if (isDirectory(path)) return { path: '', type: 'directory', size: 0, sizeKind: 'exact' };
          return entryOf(find(path, 'stat'), '');
        },
        list: async (path, _request, { signal }) => {
          calls.push(`list ${path}`);
          await trip(signal, 'list');
          const prefix = path === '/' ? '/' : `${path}/`;
          const entries = new Map<string, Entry>();
          for (const [each, file] of files) {
            if (!each.startsWith(prefix)) continue;
            const [name = '', below] = each.slice(prefix.length).split('/');
            entries.set(
              name,
              below === undefined ? entryOf(file, name) : { path: name, type: 'directory', size: 0, sizeKind: 'exact' },
            );
          }
          if (entries.size === 0) throw new FsError('ENOENT', { op: 'list', path });
          return { entries: Array.from(entries.values()) };
        },
        read: async (path, { offset = 0, length = Infinity, pin }, { signal }): Promise<ReadAnswer> => {
          calls.push(`read ${path} ${offset}+${length}`);
          await trip(signal, 'read');
          const file = find(path, 'read');
          if (pin !== undefined && pin.token !== file.token) throw new FsError('ESTALE', { op: 'read', path });
          const byRange = backend.capabilities.ranges;
          const start = byRange ? Math.min(offset, file.bytes.byteLength) : 0;
          const end = byRange ? Math.min(file.bytes.byteLength, start + length) : file.bytes.byteLength;
          return { entry: entryOf(file, ''), start, body: bodyOf(file.bytes, start, end) };
        },
      },
      capabilities,
    ),
    calls,
    movedBytes: 0,
    mostAtOnce: 0,
    get atOnce(): number {
      return atOnce;
    },
    failure: undefined,
    files,
  };
  return backend;

  async function* bodyOf(bytes: Uint8Array, start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let position = start; position < end; position += chunkBytes) {
      const chunk = bytes.slice(position, Math.min(end, position + chunkBytes));
      backend.movedBytes += chunk.byteLength;
      yield chunk;
    }
  }
}

function fieldsOf({ reason, retry }: FsError): Pick<FsError, 'retry'> & { reason?: NonNullable<FsError['reason']> } {
  return { retry, ...(reason !== undefined && { reason }) };
}
