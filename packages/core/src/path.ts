import { FsError } from './error.ts';

/** The longest path, in bytes of UTF-8 (PATH_MAX of Linux). */
export const maxPathBytes = 4096;

/** Bytes of UTF-8 that `text` takes; a lone surrogate counts as three, as it does in U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return bytes;
}

// An index of a string that is compared by code units: surrogates (astral) must sort behind U+E000..U+FFFF, as they do in UTF-8.
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Orders two names or paths by their bytes of UTF-8, as a listing is ordered. */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/**
 * The canonical form of a path: absolute, no empty, '.' or '..' segment, no trailing '/'. `..` stops at the root. Unicode is left as it is.
 *
 * @throws {@link FsError} EINVAL for a relative path or a NUL, EILSEQ for a lone surrogate, ENAMETOOLONG over {@link maxPathBytes}.
 */
export function normalizePath(path: string, op = 'resolve'): string {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new FsError('EINVAL', { op, path: String(path), detail: "a path begins with '/'" });
  }
  if (path.includes('\0')) {
    throw new FsError('EINVAL', { op, path: path.replaceAll('\0', '\\0'), detail: 'a path has no NUL' });
  }
  if (/\p{Surrogate}/u.test(path)) {
    throw new FsError('EILSEQ', { op, path: path.replaceAll(/\p{Surrogate}/gu, '\u{fffd}') });
  }
  const normal = isNormal(path) ? path : `/${resolveSegments(path.split('/')).join('/')}`;
  // A character takes at most three bytes for each code unit, so most paths need no count.
  if (normal.length * 3 > maxPathBytes && utf8Length(normal) > maxPathBytes) {
    throw new FsError('ENAMETOOLONG', { op, path: `${normal.slice(0, 64)}…` });
  }
  return normal;
}

function isNormal(path: string): boolean {
  return path === '/' || (!path.endsWith('/') && !/\/(?:\.{0,2})(?:\/|$)/.test(path));
}

function resolveSegments(raw: readonly string[]): string[] {
  const resolved: string[] = [];
  for (const segment of raw) {
    if (segment === '..') resolved.pop();
    else if (segment !== '' && segment !== '.') resolved.push(segment);
  }
  return resolved;
}

/** The segments of a canonical path; none for '/'. */
export function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/** A canonical directory with a name or a relative path below it: ('/a', 'b/c') is '/a/b/c'; an empty second part changes nothing. */
export function joinPath(directory: string, below: string): string {
  if (below === '') return directory;
  return directory === '/' ? `/${below}` : `${directory}/${below}`;
}

/** The directory that holds a canonical path; '/' for '/'. */
export function dirname(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The last segment of a canonical or relative path; '' for '/'. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether canonical `path` is `directory` or below it, on segment boundaries. */
export function isWithin(path: string, directory: string): boolean {
  if (directory === '/' || path === directory) return true;
  return path.startsWith(directory) && path.charCodeAt(directory.length) === 0x2f;
}

/** What is left of `path` below `directory`, without a leading '/'; '' for the directory itself. `path` must be within it. */
export function relativePath(path: string, directory: string): string {
  if (path === directory) return '';
  return directory === '/' ? path.slice(1) : path.slice(directory.length + 1);
}

/** Moves a canonical path from below `from` to below `to`: ('/a/b', '/a', '/x') is '/x/b'. `path` must be within `from`. */
export function rebasePath(path: string, from: string, to: string): string {
  return joinPath(to, relativePath(path, from));
}

/** Whether `name` can be one segment of a path as it is: not empty, '.' or '..', without '/', NUL or a lone surrogate. */
export function isLegalName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]|\p{Surrogate}/u.test(name);
}
