import { createHash } from 'node:crypto';
import type { Digest } from '@mountkit/core';

/** The digest of a content; undefined for an algorithm that Node lacks. */
export function digestOf(algorithm: Digest['algorithm'], bytes: Uint8Array): string | undefined {
  switch (algorithm) {
    case 'sha256':
    case 'sha1':
    case 'md5':
      return createHash(algorithm).update(bytes).digest('hex');
    case 'git-sha1':
    case 'git-sha256':
      return createHash(algorithm.slice(4)).update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
    default:
      return undefined;
  }
}
