import type { Buffer } from 'node:buffer';

/** Base64 in lines of 60 characters, each ended, as GitHub encodes contents. */
export function base64Lines(body: Buffer): string {
  return body.toString('base64').replaceAll(/.{1,60}/g, '$&\n');
}

/** An opaque `node_id`. */
export function globalId(type: string, ...parts: readonly (string | number)[]): string {
  return btoa(`0${type.length}:${type}${parts.join(':')}`);
}
