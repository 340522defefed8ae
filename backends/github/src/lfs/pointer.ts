import { type Bytes, joinBytes } from '@mountkit/core';

/** What a file of Git LFS holds instead of its content. */
export interface LfsPointer {
  /** SHA-256 of the content, in lower-case hexadecimal. */
  readonly oid: string;
  /** Of the content, in bytes. */
  readonly size: number;
}

/** A pointer without extensions takes 126 bytes for a file of one digit's size; the rest is for larger sizes. */
const smallestBytes = 120;
const largestBytes = 160;

/** Whether a blob of this size can be a pointer. Pointers with extensions are none here: only the extension could make the content of the object. */
export function mayBePointer(sizeBytes: number | undefined): boolean {
  return sizeBytes !== undefined && sizeBytes >= smallestBytes && sizeBytes <= largestBytes;
}

/** The pointer that a blob is; undefined for any other content. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
export function parsePointer(content: Bytes): LfsPointer | undefined {
  const text = Buffer.from(joinBytes(content)).toString('latin1');
  const [, oid, digits] =
    /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n$/.exec(
      text,
    ) ?? [];
  return oid === undefined ? undefined : { oid, size: Number(digits) };
}
