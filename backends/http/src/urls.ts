import { decodeName, segmentsOf } from '@mountkit/core';

/** The URLs of one mount. */
export interface UrlSpace {
  /** The directory that is the root; its path ends with '/'. */
  readonly base: URL;
  /** The URL of a path, as a file; undefined where no name has that path, so nothing can be there. */
  file(path: string): URL | undefined;
  /** The URL of a path as a directory, with '/' at its end. */
  directory(path: string): URL | undefined;
}

/** The URLs below a base. */
export function createUrlSpace(url: string): UrlSpace {
  const base = new URL(url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const below = (path: string, end: string): URL | undefined => {
    const encoded: string[] = [];
    for (const segment of segmentsOf(path)) {
      const name = decodeName(segment);
      if (name === undefined || !isOneSegment(name.bytes) || (name.beside && end !== '')) return undefined;
      encoded.push(encodeBytes(name.bytes));
    }
    const target = new URL(base);
    target.pathname = base.pathname + encoded.join('/') + (encoded.length === 0 ? '' : end);
    return target;
  };
  return { base, file: (path) => below(path, ''), directory: (path) => below(path, '/') };
}

/** One URL path segment for a name: everything but unreserved characters (RFC 3986 section 2.3) is written %XX. */
function encodeBytes(name: Uint8Array): string {
  let encoded = '';
  for (const byte of name) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** The bytes behind one URL path segment; undefined for a broken escape, and where they are not one name. */
export function decodeBytes(segment: string): Uint8Array | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(segment)) return undefined;
  const bytes: number[] = [];
  for (const part of segment.split(/(%[0-9a-fA-F]{2})/)) {
    if (part.startsWith('%')) bytes.push(Number.parseInt(part.slice(1), 16));
    else if (part !== '') bytes.push(...new TextEncoder().encode(part));
  }
  const name = Uint8Array.from(bytes);
  return isOneSegment(name) ? name : undefined;
}

/** Whether a name can be one segment of a URL and of a path: not empty, no dot segment, without '/' and NUL. */
export function isOneSegment(name: Uint8Array): boolean {
  if (name.length === 0 || (name.length <= 2 && name.every((byte) => byte === 0x2e))) return false;
  return !name.includes(0) && !name.includes(0x2f);
}
