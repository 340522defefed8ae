import { encodeName, type Entry, utf8Length, type Version } from '@mountkit/core';
import { decodeBytes, isOneSegment } from '../urls.ts';
import { listedVersion } from '../validators.ts';
import type { Line } from './dialect.ts';

/** The listing the lines come from. */
export interface ListingPlace {
  /** Where the listing came from, with '/' at its end. */
  readonly url: URL;
  /** The Date of the answer. */
  readonly date: string | undefined;
  readonly nowMs: number;
}

// What a path of 4,096 bytes can hold below a few directories.
const mostNameBytes = 3_072;

/**
 * The entries a listing's lines stand for. A line counts only if it names a child: the same origin, the directory's own path and exactly one segment more, without an
 * encoded slash, a NUL or a dot segment, without query, fragment and user info. Sort links, the parent and everything hostile fall out here.
 *
 * @param onRefused told of what looks like a child, but has a name that can be none, as the listing writes it.
 */
export function childrenOf(
  lines: readonly Line[],
  place: ListingPlace,
  onRefused: (name: string) => void = () => undefined,
): Entry[] {
  const children = new Map<string, Entry>();
  const base = segmentsOf(place.url);
  for (const line of lines) {
    const name = line.name ?? (line.href === undefined ? undefined : nameOf(line.href, place.url, base));
    const segment = name === undefined || !isOneSegment(name) ? undefined : encodeName(name);
    if (name === undefined || segment === undefined || utf8Length(segment) > mostNameBytes) {
      const refused = refusedName(line, place.url);
      if (refused !== undefined) onRefused(refused);
      continue;
    }
    const entry = entryOf(line, segment, place);
    const present = children.get(segment);
    if (present === undefined) children.set(segment, entry);
    else if (present.type === entry.type) children.set(segment, merge(present, entry));
    else {
      // A file and a directory of one name: the file stands beside.
      const [file, directory] = entry.type === 'file' ? [entry, present] : [present, entry];
      const beside = encodeName(name, true);
      children.set(segment, directory);
      children.set(beside, { ...file, path: beside });
    }
  }
  return [...children.values()];
}

/** Whether a link leads to the listed directory itself. */
export function isSelf(href: string, url: URL): boolean {
  const target = resolve(href, url);
  const [own, other] = [segmentsOf(url), target === undefined ? undefined : segmentsOf(target)];
  return (
    own !== undefined &&
    other !== undefined &&
    own.length === other.length &&
    own.every((segment, index) => segment === other[index])
  );
}

/** What a line that names no child calls it, where it was meant to be one: one segment below the directory, as it is written. */
function refusedName({ href, name }: Line, url: URL): string | undefined {
  const written = href ?? new TextDecoder().decode(name);
  const below = written.startsWith(url.pathname) ? written.slice(url.pathname.length) : written;
  const segment = below.replace(/^\.\//, '').replace(/\/$/, '');
  // A link elsewhere, one that sorts the listing, or the directory and its parent.
  if (href !== undefined && /^[a-z][a-z\d+.-]*:|^[?#]|\/|^\/|[?#].*=/i.test(segment)) return undefined;
  return segment === '' || segment === '.' || segment === '..' ? undefined : segment;
}

function nameOf(href: string, url: URL, base: readonly string[] | undefined): Uint8Array | undefined {
  const target = resolve(href, url);
  if (target === undefined || base === undefined) return undefined;
  const raw = target.pathname.replace(/\/$/, '').split('/').slice(1);
  const own = segmentsOf(target);
  if (own === undefined || own.length !== base.length + 1 || !base.every((segment, index) => segment === own[index]))
    return undefined;
  return decodeBytes(raw.at(-1) ?? '');
}

function resolve(href: string, url: URL): URL | undefined {
  // The URL parser takes a backslash for a slash and drops tabs and line ends: a link that has them is not what it looks like.
  if (/[\\\t\r\n]/.test(href)) return undefined;
  let target: URL;
  try {
    target = new URL(href, url);
  } catch {
    return undefined;
  }
  const isPlain = target.search === '' && target.hash === '' && target.username === '' && target.password === '';
  return target.origin === url.origin && isPlain && !/[?#]/.test(href) ? target : undefined;
}

// Two servers may write one segment in two ways, so segments are compared by their bytes.
function segmentsOf(url: URL): readonly string[] | undefined {
  const segments: string[] = [];
  for (const raw of url.pathname.replace(/\/$/, '').split('/').slice(1)) {
    const bytes = decodeBytes(raw);
    if (bytes === undefined) return undefined;
    segments.push(Array.from(bytes, (byte) => byte.toString(16)).join(' '));
  }
  return segments;
}

function entryOf(line: Line, path: string, place: ListingPlace): Entry {
  const time = line.mtimeMs === undefined ? {} : { mtimeNs: BigInt(line.mtimeMs) * 1_000_000n };
  const notes = line.printedTime === undefined ? {} : { notes: { listed: line.printedTime } };
  if (line.directory) return { path, type: 'directory', size: 0, sizeKind: 'exact', ...time, ...notes };
  const isSize = Number.isSafeInteger(line.size) && Number(line.size) >= 0;
  const size = isSize ? Number(line.size) : 0;
  const version: Version | undefined =
    line.etag === undefined
      ? undefined
      : listedVersion(line.etag, isSize ? size : undefined, line.modified, place.date, place.nowMs);
  return {
    path,
    type: 'file',
    size,
    sizeKind: !isSize ? 'unknown' : line.rounded === true ? 'estimate' : 'exact',
    ...time,
    ...notes,
    ...(version !== undefined && { version }),
    ...(line.digest !== undefined && { digest: line.digest }),
  };
}

// A link of an icon stands without a size beside that of the name; two different sizes prove neither.
function merge(present: Entry, again: Entry): Entry {
  if (present.sizeKind === 'unknown') return again;
  if (again.sizeKind === 'unknown' || again.size === present.size) return present;
  const { version: _version, digest: _digest, ...rest } = present;
  return { ...rest, size: 0, sizeKind: 'unknown' };
}
