import {
  type CallContext,
  canceled,
  type Capabilities,
  type Clock,
  declareCapabilities,
  type Entry,
  type FsBackend,
  FsError,
  isWithin,
  onAbort,
  type ReadAnswer,
  type ReadRequest,
  type Version,
  type VersionStrength,
} from '@mountkit/core';
import type { History, PastVersion } from './history.ts';
import type { Random } from './random.ts';

/** How an origin answers. */
export interface OriginManners {
  readonly ranges: boolean;
  readonly conditional: boolean;
  readonly readMany: boolean;
  readonly strength: VersionStrength | 'none';
  /** Versions of one size made so shortly after one another have the same token; it is racy as long as that may happen. 0: no two have. */
  readonly granularityMs: number;
  /** Versions that are gone can still be read by who has them pinned. */
  readonly keepsVersions: boolean;
  /** Gives the newest whatever the pin says, as some servers do. */
  readonly ignoresPins: boolean;
  readonly listsSizes: boolean;
  readonly streams: boolean;
  readonly chunkBytes: number;
  readonly pageEntries: number;
}

/** What goes wrong, as probabilities for each request. */
interface Weather {
  mutation: number;
  failure: number;
  silence: number;
  cut: number;
  /** Everything fails. */
  outage: boolean;
}

/** A backend over a history that goes on while it is read. */
export interface ShiftingOrigin {
  readonly backend: FsBackend;
  readonly weather: Weather;
  /** Verbs and bodies under way. */
  readonly atOnce: number;
  readonly mostAtOnce: number;
  readonly calls: number;
}

/** A text that must never show. */
export const canary = 'S3CR3T-c4n4ry';

/** A {@link ShiftingOrigin} of `history`. */
export function shiftingOrigin(history: History, manners: OriginManners, random: Random, clock: Clock): ShiftingOrigin {
  const weather: Weather = { mutation: 0, failure: 0, silence: 0, cut: 0, outage: false };
  let atOnce = 0;
  let mostAtOnce = 0;
  let calls = 0;
  const enter = (): (() => void) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    let inside = true;
    return () => {
      if (inside) atOnce -= 1;
      inside = false;
    };
  };

  function trouble(op: string, path: string): FsError {
    const cause = new Error(`https://user:${canary}@host/?token=${canary}`);
    const kind = weather.outage ? 0 : random.below(5);
    if (kind === 1) return new FsError('EIO', { op, path, reason: 'throttled', retry: { afterMs: 500 }, cause });
    if (kind === 2) return new FsError('EIO', { op, path, reason: 'integrity', retry: 'safe', cause });
    if (kind === 3) return new FsError('EACCES', { op, path, reason: 'auth', cause });
    return new FsError('EIO', { op, path, reason: 'unavailable', retry: 'safe', cause });
  }

  function never(signal: AbortSignal | undefined, op: string, path: string): Promise<never> {
    return new Promise((_, reject) => {
      if (signal !== undefined) onAbort(signal, () => reject(canceled(op, path, signal.reason)));
    });
  }

  const mutate = (path: string): void => history.mutate(random, clock.now(), random.chance(0.3) ? path : undefined);

  async function trip(op: string, path: string, { signal }: CallContext): Promise<void> {
    calls += 1;
    if (random.chance(weather.mutation)) mutate(path);
    if (random.chance(weather.silence)) await never(signal, op, path);
    await clock.sleep(1 + random.below(50), signal);
    if (random.chance(weather.mutation)) mutate(path);
    if (weather.outage || random.chance(weather.failure)) throw trouble(op, path);
  }

  function tokenOf({ serial, fromMs, bytes }: PastVersion): string {
    const { granularityMs } = manners;
    return granularityMs === 0 ? `v${serial}` : `${Math.floor(fromMs / granularityMs)}-${bytes.byteLength}`;
  }

  function versionOf(version: PastVersion): { readonly version?: Version } {
    const { strength, granularityMs } = manners;
    if (strength === 'none') return {};
    const racy = clock.now() - version.fromMs < 2 * granularityMs;
    return { version: { token: tokenOf(version), strength, ...(racy && { racy }) } };
  }

  function entryOf(version: PastVersion, name: string, sized = true): Entry {
    return {
      path: name,
      type: 'file',
      size: sized ? version.bytes.byteLength : Math.floor(version.bytes.byteLength / 1000) * 1000,
      sizeKind: sized ? 'exact' : 'estimate',
      ...(sized && versionOf(version)),
      locator: `at ${version.serial}`,
    };
  }

  const directory = (name: string): Entry => ({ path: name, type: 'directory', size: 0, sizeKind: 'exact' });
  const isDirectory = (path: string): boolean =>
    path === '/' || history.paths.some((each) => each !== path && isWithin(each, path));

  async function* bodyOf(
    bytes: Uint8Array,
    [start, end]: readonly [number, number],
    leave: () => void,
    path: string,
    { signal }: CallContext,
  ): AsyncGenerator<Uint8Array> {
    try {
      const cutAt = random.chance(weather.cut) ? start + random.below(end - start + 1) : Infinity;
      const cutKind = random.below(3);
      for (let at = start; at < end; at += manners.chunkBytes) {
        if (random.chance(0.2)) await clock.sleep(random.below(20), signal);
        if (random.chance(weather.mutation / 4)) mutate(path);
        const to = Math.min(end, at + manners.chunkBytes, cutAt);
        if (to > at) yield bytes.slice(at, to);
        if (to < cutAt) continue;
        if (cutKind === 0) throw trouble('read', path);
        if (cutKind === 1) await never(signal, 'read', path);
        return;
      }
    } finally {
      leave();
    }
  }

  async function inCall<T>(op: string, path: string, context: CallContext, answer: () => T): Promise<T> {
    const leave = enter();
    try {
      await trip(op, path, context);
      return answer();
    } finally {
      leave();
    }
  }

  function pinned(path: string, pin: Version | undefined): PastVersion {
    const newest = history.newest(path);
    if (pin === undefined || (manners.ignoresPins && newest !== undefined)) {
      if (newest === undefined) throw new FsError(isDirectory(path) ? 'EISDIR' : 'ENOENT', { op: 'read', path });
      return newest;
    }
    if (newest !== undefined && tokenOf(newest) === pin.token) return newest;
    const old = manners.keepsVersions ? history.versions(path).find((each) => tokenOf(each) === pin.token) : undefined;
    if (old !== undefined) return old;
    throw new FsError(newest === undefined ? 'ENOENT' : 'ESTALE', { op: 'read', path });
  }

  async function read(
    path: string,
    { offset = 0, length = Infinity, pin, ifNot }: ReadRequest,
    context: CallContext,
  ): Promise<ReadAnswer | { readonly notModified: true }> {
    const leave = enter();
    let left = false;
    try {
      await trip('read', path, context);
      const version = pinned(path, pin);
      if (ifNot?.token === tokenOf(version)) return { notModified: true };
      const size = version.bytes.byteLength;
      const start = manners.ranges ? Math.min(offset, size) : 0;
      const end = manners.ranges ? Math.min(size, start + length) : size;
      const entry = entryOf(version, '');
      if (!manners.streams) return { entry, start, body: [version.bytes.slice(start, end)] };
      left = true;
      const { signal } = context;
      const body = bodyOf(version.bytes, [start, end], leave, path, context);
      // A client's socket goes with its signal, read or not.
      if (signal !== undefined) onAbort(signal, leave);
      return { entry, start, body: { [Symbol.asyncIterator]: () => leaving(body, leave) } };
    } finally {
      if (!left) leave();
    }
  }

  const capabilities: Capabilities = declareCapabilities({
    ranges: manners.ranges,
    conditional: manners.conditional && manners.strength !== 'none',
    versions: manners.strength,
    readMany: manners.readMany,
  });
  const backend: FsBackend = {
    abi: 1,
    id: 'shifting',
    capabilities,
    stat: (path, { ifNot }, context) =>
      inCall('stat', path, context, () => {
        const version = history.newest(path);
        if (version === undefined) {
          if (isDirectory(path)) return directory('');
          throw new FsError('ENOENT', { op: 'stat', path });
        }
        return ifNot?.token === tokenOf(version) ? ({ notModified: true } as const) : entryOf(version, '');
      }),
    list: (path, { cursor }, context) =>
      inCall('list', path, context, () => {
        if (!isDirectory(path)) {
          throw new FsError(history.newest(path) === undefined ? 'ENOENT' : 'ENOTDIR', { op: 'list', path });
        }
        const prefix = path === '/' ? '/' : `${path}/`;
        const entries = new Map<string, Entry>();
        for (const each of history.paths) {
          if (!each.startsWith(prefix)) continue;
          const [name = '', below] = each.slice(prefix.length).split('/');
          const version = history.newest(each);
          if (below !== undefined) entries.set(name, directory(name));
          else if (version !== undefined) entries.set(name, entryOf(version, name, manners.listsSizes));
        }
        const names = Array.from(entries.keys()).sort();
        const from = cursor === undefined ? 0 : names.findIndex((name) => name > cursor);
        const page = from < 0 ? [] : names.slice(from, from + manners.pageEntries);
        const last = page.at(-1);
        const more = last !== undefined && last !== names.at(-1) ? { cursor: last } : {};
        return { entries: page.map((name) => entries.get(name) as Entry), ...more };
      }),
    read,
    ...(manners.readMany && {
      async *readMany(wanted, context) {
        const leave = enter();
        try {
          await trip('readMany', '/', context);
          for (const { path, pin } of wanted) {
            try {
              if (random.chance(weather.cut)) throw trouble('read', path);
              const version = pinned(path, pin);
              yield { path, entry: entryOf(version, ''), body: [version.bytes.slice()] };
            } catch (error) {
              yield { path, error: error as FsError };
            }
            if (random.chance(weather.mutation)) mutate('/');
            await clock.sleep(random.below(10), context.signal);
          }
        } finally {
          leave();
        }
      },
    }),
  };
  return {
    backend,
    weather,
    get atOnce() {
      return atOnce;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    get calls() {
      return calls;
    },
  };
}

/** A body whose connection is let go of also when it is returned before it was read. */
function leaving(body: AsyncGenerator<Uint8Array>, leave: () => void): AsyncIterator<Uint8Array> {
  return {
    next: () => body.next(),
    return: async () => {
      leave();
      return body.return(undefined);
    },
  };
}
