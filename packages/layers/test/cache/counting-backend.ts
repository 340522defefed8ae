import type { Capabilities, Entry, FsBackend, ReadAnswer } from '@mountkit/core';
import { FsError, sameVersion } from '@mountkit/core';
import { createCache, type CacheOptions, createTrafficMeter } from '../../src/index.ts';
import { bytes, scripted } from '../scripted-backend.ts';
import { createVirtualClock, type VirtualClock } from '../virtual-clock.ts';

/** A file of {@link counting}: its text and its version. */
interface CountedFile {
  text: string;
  token: string;
  more?: Partial<Entry>;
  /** Whether the origin tells no version of it. */
  unversioned?: boolean;
}

/** A cache over a flat directory '/d' of files, which notes every call that gets through. */
export interface Counting {
  readonly clock: VirtualClock;
  readonly backend: FsBackend;
  readonly calls: string[];
  readonly files: Map<string, CountedFile>;
  readonly cache: ReturnType<typeof createCache>;
  readonly counts: () => { hits: number; misses: number };
  /** What every call waits for before it answers; undefined: it answers at once, as a plain value. */
  hold: Promise<void> | undefined;
}

/** A {@link Counting} with files named in `files`. */
export function counting(
  files: Readonly<Record<string, string>>,
  options: CacheOptions = {},
  capabilities: Partial<Capabilities> = {},
): Counting {
  const clock = createVirtualClock();
  const traffic = createTrafficMeter();
  const calls: string[] = [];
  const content = new Map<string, CountedFile>(
    Object.entries(files).map(([name, text]) => [name, { text, token: 'v1' }]),
  );
  const cache = createCache({ ...options, clock, counters: traffic });

  const entryOf = ({ text, token, more, unversioned }: CountedFile, path: string): Entry => ({
    path,
    type: 'file',
    size: text.length,
    sizeKind: 'exact',
    ...(unversioned !== true && { version: { token, strength: 'strong' } }),
    locator: `at-${path}`,
    ...more,
  });
  const find = (path: string, op: string): CountedFile => {
    const file = content.get(path.replace('/d/', ''));
    if (file === undefined) throw new FsError('ENOENT', { op, path });
    return file;
  };
  const answer = <T>(make: () => T): T | Promise<T> => (made.hold === undefined ? make() : made.hold.then(make));

  const inner = scripted(
    {
      stat: (path, { ifNot }) => {
        calls.push(`stat ${path}${ifNot === undefined ? '' : ` ifNot ${ifNot.token}`}`);
        return answer(() => {
          if (path === '/' || path === '/d')
            return { path: '', type: 'directory', size: 0, sizeKind: 'exact' } as const;
          const entry = entryOf(find(path, 'stat'), '');
          return sameVersion(entry.version, ifNot) ? { notModified: true } : entry;
        });
      },
      list: (path, { cursor }) => {
        calls.push(`list ${path}${cursor === undefined ? '' : ` ${cursor}`}`);
        return answer(() => {
          if (path !== '/d') throw new FsError('ENOENT', { op: 'list', path });
          const all = Array.from(content, ([name, file]) => entryOf(file, name));
          // Two entries a page.
          const from = Number(cursor ?? 0);
          const next = from + 2 < all.length ? { cursor: `${from + 2}` } : {};
          return { entries: all.slice(from, from + 2), ...next };
        });
      },
      read: (path, request) => {
        const { offset, length, suffix, pin, ifNot, locator } = request;
        const wanted = Object.entries({ offset, length, suffix, pin: pin?.token, ifNot: ifNot?.token, locator })
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => ` ${name}=${value}`);
        calls.push(`read ${path}${wanted.join('')}`);
        return answer((): ReadAnswer | { notModified: true } => {
          const file = find(path, 'read');
          const entry = entryOf(file, '');
          if (pin !== undefined && pin.token !== file.token) throw new FsError('ESTALE', { op: 'read', path });
          if (sameVersion(entry.version, ifNot)) return { notModified: true };
          const start = capabilities.ranges === false ? 0 : (offset ?? 0);
          const end = capabilities.ranges === false ? Infinity : start + (length ?? Infinity);
          return { entry, start, body: [bytes(file.text.slice(start, end))] };
        });
      },
      at: () => inner,
      resolve: () => ({ id: 'r' }),
    },
    { revisions: true, ...capabilities },
  );
  const made: Counting = {
    clock,
    backend: cache.layer(inner),
    calls,
    files: content,
    cache,
    counts: () => {
      const { hits, misses } = traffic.read();
      return { hits, misses };
    },
    hold: undefined,
  };
  return made;
}

/** All pages of a listing, as names. */
export async function namesOf(backend: FsBackend, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await backend.list(path, cursor === undefined ? {} : { cursor }, {});
    names.push(...page.entries.map((entry) => entry.path));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return names;
}
