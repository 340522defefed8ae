import type { Random } from './random.ts';

/** One version a file has had. */
export interface PastVersion {
  /** No two versions have the same. */
  readonly serial: number;
  readonly bytes: Uint8Array;
  readonly fromMs: number;
  /** Infinity while it is the newest. */
  readonly toMs: number;
}

/** Files and all versions they have had: what any answer is held to. */
export interface History {
  readonly paths: readonly string[];
  newest(path: string): PastVersion | undefined;
  /** Every version, oldest first. */
  versions(path: string): readonly PastVersion[];
  /** Replaces, removes or makes a file: `path`, or any. */
  mutate(random: Random, nowMs: number, path?: string): void;
  /** Whether the path was without a file at some time between the two. */
  wasAbsent(path: string, fromMs: number, toMs: number): boolean;
}

const blockBytes = 1024;
const sizes = [0, 1, 100, 65_535, 65_536, 65_537, 200_000, 700_000, 2_500_000];

/** Bytes that tell version and position: no block of any two versions is the same. */
function versionBytes(size: number, serial: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(serial & 0xff);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 8 <= size; at += blockBytes) {
    view.setUint32(at, serial);
    view.setUint32(at + 4, at);
  }
  return bytes;
}

/** A {@link History} of `count` files in some directories, each in its first version. */
export function createHistory(count: number, random: Random, nowMs: number): History {
  const files = new Map<string, PastVersion[]>();
  let serial = 0;

  function add(path: string, size: number, atMs: number): void {
    serial += 1;
    const bytes = versionBytes(size, serial);
    files.get(path)?.push({ serial, bytes, fromMs: atMs, toMs: Infinity });
  }
  function end(path: string, atMs: number): void {
    const versions = files.get(path) ?? [];
    const last = versions.at(-1);
    if (last?.toMs === Infinity) versions.splice(-1, 1, { ...last, toMs: atMs });
  }
  function newest(path: string): PastVersion | undefined {
    const last = files.get(path)?.at(-1);
    return last?.toMs === Infinity ? last : undefined;
  }

  for (let index = 0; index < count; index += 1) {
    const path = `/d${index % 3}/${index % 2 === 0 ? 'sub/' : ''}f${index}`;
    files.set(path, []);
    add(path, random.pick(sizes), nowMs);
  }
  const paths = Array.from(files.keys());
  return {
    paths,
    newest,
    versions: (path) => files.get(path) ?? [],
    mutate(choose, atMs, wanted) {
      const path = wanted !== undefined && files.has(wanted) ? wanted : choose.pick(paths);
      const before = newest(path);
      end(path, atMs);
      if (before !== undefined && choose.chance(0.2)) return;
      const same = before !== undefined && choose.chance(0.5);
      add(path, same ? before.bytes.byteLength : choose.pick(sizes), atMs);
    },
    wasAbsent(path, fromMs, toMs) {
      let coveredTo = fromMs;
      for (const version of files.get(path) ?? []) {
        if (version.fromMs <= coveredTo) coveredTo = Math.max(coveredTo, version.toMs);
      }
      return coveredTo < toMs;
    },
  };
}
