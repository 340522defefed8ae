import { Buffer } from 'node:buffer';

/*
 * Inside the server a key is a string with one character for each byte of its UTF-8 form. JavaScript then compares keys in the order S3
 * lists them (UTF-8 binary order), and bytes that are no UTF-8 survive.
 */

/** The internal form of a key or prefix. */
export function toKeyBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A key or prefix as text; bytes that are no UTF-8 become U+FFFD. */
export function fromKeyBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Undoes percent-encoding to bytes, one character each; `undefined` for a broken escape. */
export function percentDecode(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded;
  if (/%(?![0-9a-f]{2})/i.test(encoded)) return undefined;
  return encoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `UriEncode` of Signature Version 4: everything but unreserved characters, of bytes; slashes stay on demand. */
export function uriEncode(bytes: string, keepSlash: boolean): string {
  return bytes.replaceAll(/[^A-Za-z0-9._~-]/g, (char) => (keepSlash && char === '/' ? char : hexEscape(char)));
}

/** What `encoding-type=url` does to a key: form encoding with slashes kept, so a space is `+` and a tilde is escaped. */
export function listEncode(bytes: string): string {
  return bytes.replaceAll(/[^A-Za-z0-9._*/-]/g, (char) => (char === ' ' ? '+' : hexEscape(char)));
}

function hexEscape(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
