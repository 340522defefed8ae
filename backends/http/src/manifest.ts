import { compareNames, FsError, segmentsOf } from '@mountkit/core';
import { isRecord, parseJson } from './listing/json.ts';

/** The name a manifest has beside the files it speaks of. */
export const manifestName = 'mountkit.index.json';

/** One file of a manifest, or a directory that would not show otherwise. */
export interface ManifestEntry {
  /** Below the root, segments separated by '/', without a leading one; an empty directory ends with '/'. Names that are no legal segments stand in their escaped form. */
  readonly path: string;
  /** In bytes; 0 for a directory. */
  readonly size: number;
  /** Of the whole file, in lower-case hexadecimal. */
  readonly sha256?: string;
  /** Of its parts of {@link manifestBlockBytes} bytes, the last one shorter: with them a range of a large file can be verified as well. */
  readonly blocks?: readonly string[];
  /** The whole value of the ETag header, quotes included; used where there is no digest. */
  readonly etag?: string;
  /** Last modification, RFC 3339 in UTC. */
  readonly mtime?: string;
}

/** What a manifest says. */
export interface Manifest {
  /** Where the files are, relative to the manifest's own URL. @default './' */
  readonly base?: string;
  /** Sorted by the bytes of their paths. */
  readonly entries: readonly ManifestEntry[];
}

/** The size of the parts whose digests a manifest may have. */
export const manifestBlockBytes: number = 4 * 1024 * 1024;

const version = 1;

/**
 * The text of a manifest, sorted and one entry a line, so that it diffs well.
 *
 * @throws {@link FsError} EINVAL for an entry that makes no sense: an illegal or double path, a size or digest that is none.
 */
export function buildManifest(entries: Iterable<ManifestEntry>, { base }: { readonly base?: string } = {}): string {
  const sorted = [...entries].sort((left, right) => compareNames(left.path, right.path));
  const fault = faultOf({ entries: sorted, ...(base !== undefined && { base }) });
  if (fault !== undefined) throw new FsError('EINVAL', { op: 'index', detail: fault });
  const lines = sorted.map(({ path, size, sha256, blocks, etag, mtime }) =>
    JSON.stringify({ path, size, sha256, blocks, etag, mtime }),
  );
  return `{"v":${version},${base === undefined ? '' : `"base":${JSON.stringify(base)},`}"entries":[\n${lines.join(',\n')}\n]}\n`;
}

/**
 * Reads a manifest.
 *
 * @param mostEntries more than these are EFBIG.
 * @throws {@link FsError} EIO with reason 'integrity' for text that is no manifest of a version we know.
 */
export function parseManifest(text: string, mostEntries: number = Infinity): Manifest {
  const parsed = parseJson(text);
  if (parsed === undefined || !isRecord(parsed.value)) throw broken('the manifest is no JSON object');
  const { base, entries, v } = parsed.value;
  if (v !== version) throw broken(`the manifest is not of version ${version}`);
  if (!Array.isArray(entries) || (base !== undefined && typeof base !== 'string'))
    throw broken('the manifest has no entries');
  if (entries.length > mostEntries)
    throw new FsError('EFBIG', { op: 'list', detail: "the manifest is longer than 'maxListingEntries'" });
  const manifest = { entries: entries.map(readEntry), ...(base !== undefined && { base }) };
  const fault = faultOf(manifest);
  if (fault !== undefined) throw broken(fault);
  return manifest;
}

/** A `sha256sum` list (GNU coreutils): `hex  path` or `hex *path`; a line that begins with a backslash has `\\`, `\n` and `\r` escaped in its path. */
export function parseChecksums(text: string, mostEntries: number = Infinity): readonly Omit<ManifestEntry, 'size'>[] {
  const entries: Omit<ManifestEntry, 'size'>[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^(\\)?([0-9a-fA-F]{64})[ \t][ *]?(.+)$/.exec(line.replace(/\r$/, ''));
    if (match === null) throw broken('the checksum list has a line that is none');
    const [, escaped, hex = '', written = ''] = match;
    const path = (
      escaped === undefined
        ? written
        : written.replaceAll(/\\([\\nr])/g, (_, code: string) => ({ n: '\n', r: '\r' })[code] ?? '\\')
    ).replace(/^(?:\.\/)+/, '');
    if (!isPath(path)) throw broken('the checksum list has a path that is none');
    entries.push({ path, sha256: hex.toLowerCase() });
    if (entries.length > mostEntries)
      throw new FsError('EFBIG', { op: 'list', detail: "the checksum list is longer than 'maxListingEntries'" });
  }
  return entries;
}

function readEntry(value: unknown): ManifestEntry {
  if (!isRecord(value)) throw broken('the manifest has an entry that is none');
  const { blocks, etag, mtime, path, sha256, size } = value;
  if (typeof path !== 'string' || typeof size !== 'number')
    throw broken('the manifest has an entry without path or size');
  return {
    path,
    size,
    ...(typeof sha256 === 'string' && { sha256: sha256.toLowerCase() }),
    ...(Array.isArray(blocks) && { blocks: blocks.map((block) => `${block}`.toLowerCase()) }),
    ...(typeof etag === 'string' && { etag }),
    ...(typeof mtime === 'string' && { mtime }),
  };
}

function faultOf({ entries }: Manifest): string | undefined {
  const seen = new Set<string>();
  for (const { blocks, etag, mtime, path, sha256, size } of entries) {
    const isDirectory = path.endsWith('/');
    const plain = isDirectory ? path.slice(0, -1) : path;
    if (!isPath(plain)) return 'an entry has a path that is none';
    if (seen.has(plain)) return 'two entries have one path';
    seen.add(plain);
    if (!Number.isSafeInteger(size) || size < 0 || (isDirectory && size !== 0))
      return 'an entry has a size that is none';
    if (sha256 !== undefined && !isSha256(sha256)) return 'an entry has a digest that is none';
    if (blocks !== undefined && (blocks.length !== Math.ceil(size / manifestBlockBytes) || !blocks.every(isSha256))) {
      return 'an entry has digests of other blocks than it has';
    }
    if (etag !== undefined && !/^(?:W\/)?"[^"]*"$/.test(etag)) return 'an entry has an ETag that is none';
    if (mtime !== undefined && Number.isNaN(Date.parse(mtime))) return 'an entry has a time that is none';
  }
  return undefined;
}

function isPath(path: string): boolean {
  return segmentsOf(`/${path}`).every(
    (segment) =>
      segment !== '' &&
      segment !== '.' &&
      segment !== '..' &&
      !segment.includes('\0') &&
      !/\p{Surrogate}/u.test(segment),
  );
}

function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function broken(detail: string): FsError {
  return new FsError('EIO', { op: 'list', reason: 'integrity', detail });
}
