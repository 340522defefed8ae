import { FsError } from './error.ts';
import { isLegalName } from './path.ts';

/**
 * The one reversible escape for names that are no legal path segments, the same for all backends.
 *
 * A name that needs it becomes `%!` and the name with `%` and every byte that cannot stand in a path written `%XX`. It needs it when it is empty, '.', '..', holds a
 * NUL, a '/' or bytes that are not UTF-8 (or the replacement character U+FFFD they turn into where an origin speaks JSON), begins with `%!`, or ends with
 * `%!file`. An object beside a directory of the same name is the file `name%!file`. So every name has one path, and no two names share one.
 */
const prefix = '%!';
const fileMark = '%!file';

/** A name as the origin has it, read back from a path segment. */
export interface DecodedName {
  /** The bytes of the name. */
  readonly bytes: Uint8Array;
  /** The name as text; undefined where the bytes are not UTF-8. */
  readonly text: string | undefined;
  /** Whether the segment names the file beside a directory of the same name. */
  readonly beside: boolean;
}

/**
 * The path segment for an origin's name.
 *
 * @param name the name as text, or its bytes where they may not be UTF-8.
 * @param beside true for the file that stands beside a directory of the same name.
 * @throws {@link FsError} EILSEQ for text with a lone surrogate: no origin can have such a name.
 */
export function encodeName(name: string | Uint8Array, beside = false): string {
  const text = typeof name === 'string' ? name : decodeUtf8(name);
  if (text !== undefined && /\p{Surrogate}/u.test(text)) throw new FsError('EILSEQ', { op: 'encode' });
  const plain =
    text !== undefined &&
    isLegalName(text) &&
    !text.startsWith(prefix) &&
    !text.endsWith(fileMark) &&
    !text.includes('\u{fffd}');
  const segment = plain ? text : prefix + escapeBytes(typeof name === 'string' ? new TextEncoder().encode(name) : name);
  return beside ? segment + fileMark : segment;
}

/** The name behind a path segment; undefined where no name has that path, so nothing can be there. */
export function decodeName(segment: string): DecodedName | undefined {
  const beside = segment.endsWith(fileMark);
  const body = beside ? segment.slice(0, -fileMark.length) : segment;
  const bytes = body.startsWith(prefix) ? unescapeBytes(body.slice(prefix.length)) : new TextEncoder().encode(body);
  if (bytes === undefined || encodeName(bytes, beside) !== segment) return undefined;
  return { bytes, text: decodeUtf8(bytes), beside };
}

/** The absolute path for a key whose segments are separated by '/': `a//b` is `/a/%!/b`, a trailing '/' an empty last segment. */
export function encodeKey(key: string, beside = false): string {
  const names = key.split('/');
  return `/${names.map((name, index) => encodeName(name, beside && index === names.length - 1)).join('/')}`;
}

/** The key behind an absolute path, see {@link encodeKey}; undefined where no key has that path. */
export function decodeKey(path: string): { readonly key: string; readonly beside: boolean } | undefined {
  const names: string[] = [];
  const segments = path.slice(1).split('/');
  let beside = false;
  for (const [index, segment] of segments.entries()) {
    const name = decodeName(segment);
    if (name?.text === undefined || (name.beside && index !== segments.length - 1)) return undefined;
    names.push(name.text);
    beside = name.beside;
  }
  return { key: names.join('/'), beside };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// Runs of legal UTF-8 stay readable; '%', '/', NUL, dots of '.' and '..', U+FFFD and stray bytes are written %XX.
function escapeBytes(bytes: Uint8Array): string {
  const dots = bytes.length <= 2 && bytes.every((byte) => byte === 0x2e);
  let escaped = '';
  for (let index = 0; index < bytes.length;) {
    const length = sequenceLength(bytes, index);
    const text = length === 0 ? undefined : decodeUtf8(bytes.subarray(index, index + length));
    if (text === undefined || dots || text === '%' || text === '/' || text === '\0' || text === '\u{fffd}') {
      const end = index + Math.max(1, text === undefined ? 1 : length);
      for (; index < end; index += 1) escaped += hex(bytes[index] ?? 0);
    } else {
      escaped += text;
      index += length;
    }
  }
  return escaped;
}

function sequenceLength(bytes: Uint8Array, index: number): number {
  const lead = bytes[index] ?? 0;
  const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
  return index + length <= bytes.length ? length : 0;
}

function hex(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function unescapeBytes(body: string): Uint8Array | undefined {
  if (/%(?![0-9A-F]{2})/.test(body)) return undefined;
  const parts = body.split(/(%[0-9A-F]{2})/).filter((part) => part !== '');
  const bytes: number[] = [];
  for (const part of parts) {
    if (part.startsWith('%')) bytes.push(Number.parseInt(part.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(part));
  }
  return Uint8Array.from(bytes);
}
