import { Buffer } from 'node:buffer';

/**
 * A key or prefix as bytes: a string with one character for each byte of its UTF-8 form. Compared as strings, keys stand in the order S3 lists them (UTF-8 binary order),
 * and bytes that are no UTF-8 survive. No key ever passes through a URL parser: `..` would be taken for a path.
 */
export type KeyBytes = string;

/** Text as bytes. */
export function toKeyBytes(text: string): KeyBytes {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** Bytes as text; undefined where they are no UTF-8. */
export function textOfKey(key: KeyBytes): string | undefined {
  if (isAscii(key)) return key;
  const text = Buffer.from(key, 'latin1').toString('utf8');
  return Buffer.from(text, 'utf8').toString('latin1') === key ? text : undefined;
}

/** The bytes themselves. */
export function rawOfKey(key: KeyBytes): Uint8Array {
  return Buffer.from(key, 'latin1');
}

/** Bytes as {@link KeyBytes}. */
export function keyOfRaw(bytes: Uint8Array): KeyBytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** `UriEncode` of Signature Version 4 with slashes kept: everything but unreserved characters is written %XX. */
export function encodeKeyPath(key: KeyBytes): string {
  return escapeBytes(key, /[^A-Za-z0-9._~/-]/g);
}

/** `UriEncode` of Signature Version 4 for a name or value of a query, given as text. */
export function encodeQueryPart(text: string): string {
  return escapeBytes(toKeyBytes(text), /[^A-Za-z0-9._~-]/g);
}

/** Undoes `encoding-type=url`, which is form encoding: '+' is a space. Undefined for a broken escape. */
export function decodeListed(encoded: string): KeyBytes | undefined {
  if (!/[%+]/.test(encoded)) return encoded;
  if (/%(?![0-9a-fA-F]{2})/.test(encoded)) return undefined;
  return encoded
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function escapeBytes(bytes: KeyBytes, reserved: RegExp): string {
  return bytes.replaceAll(reserved, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(text);
}
