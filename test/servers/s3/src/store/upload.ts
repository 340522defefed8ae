import type { Checksum, ChecksumAlgorithm } from '../checksum.ts';
import type { Content } from '../content.ts';

/** A part of an upload. Never changes. */
export interface Part {
  readonly number: number;
  readonly content: Content;
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedAtMs: number;
  readonly checksum: Checksum | undefined;
}

/** A multipart upload under way. */
export interface Upload {
  readonly id: string;
  /** Bytes, one character each. */
  readonly key: string;
  readonly startedAtMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly storageClass: string;
  readonly customerKeyMd5: string | undefined;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: Checksum['type'];
  readonly parts: Map<number, Part>;
}
