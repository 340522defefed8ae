import { createHash } from 'node:crypto';
import { type Bytes, bytesLength, type Digest } from '@mountkit/core';

/** One line of a git tree object. */
export interface TreeLine {
  /** The name as text; it is hashed as UTF-8. */
  readonly name: string;
  /** Six digits, as the API writes them. */
  readonly mode: string;
  readonly sha: string;
}

/** Whether the bytes are the blob of that name: the hash of "blob", their length, a NUL and themselves (gitformat-loose, git-hash-object(1)). */
export function isBlob(bytes: Bytes, sha: string): boolean {
  const hash = createHash(hashOf(sha)).update(`blob ${bytesLength(bytes)}\0`);
  for (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex') === sha;
}

/**
 * Whether the lines are all of the tree of that name. They are tried in the order they came in, which is the tree's own, and in the canonical one; and with the
 * leading zero that very old tools wrote before a directory's mode.
 */
export function isTree(lines: readonly TreeLine[], sha: string): boolean {
  if (treeSha(lines, sha, false) === sha) return true;
  const sorted = lines
    .map((line) => ({ line, key: Buffer.from(isDirectory(line) ? `${line.name}/` : line.name) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key))
    .map(({ line }) => line);
  return treeSha(sorted, sha, false) === sha || treeSha(lines, sha, true) === sha;
}

/** The name of the tree that holds `lines`, hashed as `like` is. */
function treeSha(lines: readonly TreeLine[], like: string, padded: boolean): string {
  const parts = lines.flatMap((line) => [
    Buffer.from(`${padded ? line.mode : line.mode.replace(/^0/, '')} ${line.name}\0`),
    Buffer.from(line.sha, 'hex'),
  ]);
  const body = Buffer.concat(parts);
  return createHash(hashOf(like)).update(`tree ${body.length}\0`).update(body).digest('hex');
}

function isDirectory(line: TreeLine): boolean {
  return line.mode === '040000';
}

/** The digest a blob's name is. */
export function digestOf(sha: string): Digest {
  return { algorithm: sha.length === 64 ? 'git-sha256' : 'git-sha1', hex: sha };
}

function hashOf(sha: string): string {
  return sha.length === 64 ? 'sha256' : 'sha1';
}
