import { type Entry, FsError, isLegalName } from '@mountkit/core';

const types: ReadonlySet<unknown> = new Set(['file', 'directory', 'symlink']);
const sizeKinds: ReadonlySet<unknown> = new Set(['exact', 'estimate', 'unknown']);
const strengths: ReadonlySet<unknown> = new Set(['content', 'strong', 'weak', 'heuristic']);

/** An answer that breaks the contract: the backend's mistake or bytes lost on the way. The detail never quotes the origin. */
export function brokenAnswer(op: string, path: string, detail: string, retry: 'never' | 'safe' = 'never'): FsError {
  return new FsError('EIO', { op, path, reason: 'integrity', retry, detail });
}

/** What is wrong with the facts of an entry, its path aside; undefined for a sound one. */
function faultOfEntry(entry: Entry): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'the backend gave no entry';
  if (!types.has(entry.type)) return 'the backend gave an entry of an unknown type';
  if (!sizeKinds.has(entry.sizeKind)) return 'the backend gave an entry of an unknown size kind';
  if (!Number.isSafeInteger(entry.size) || entry.size < 0) return 'the backend gave a size that is no whole number';
  if (entry.mode !== undefined && (!Number.isInteger(entry.mode) || entry.mode < 0 || entry.mode > 0o777)) {
    return 'the backend gave permission bits beyond 0o777';
  }
  if (entry.mtimeNs !== undefined && typeof entry.mtimeNs !== 'bigint')
    return 'the backend gave a time that is no bigint';
  if (
    entry.version !== undefined &&
    (typeof entry.version.token !== 'string' || !strengths.has(entry.version.strength))
  ) {
    return 'the backend gave a version that is none';
  }
  return undefined;
}

/** Checks the entry of one thing asked for: its path is ''. @throws {@link FsError} EIO. */
export function verifyOwnEntry(entry: Entry, op: string, path: string): void {
  const fault = faultOfEntry(entry) ?? (entry.path === '' ? undefined : 'the backend gave a path where none was asked');
  if (fault !== undefined) throw brokenAnswer(op, path, fault);
}

/** Checks an entry of a listing of `path`. @throws {@link FsError} EIO. */
export function verifyListedEntry(entry: Entry, path: string, recursive: boolean): void {
  const fault = faultOfEntry(entry);
  if (fault !== undefined) throw brokenAnswer('list', path, fault);
  const legal = recursive ? entry.path.split('/').every(isLegalName) : isLegalName(entry.path);
  if (!legal) throw brokenAnswer('list', path, 'the backend listed a name that is no legal path segment');
}
