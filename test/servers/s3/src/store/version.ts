import type { Checksum } from '../checksum.ts';
import type { Content } from '../content.ts';

/** One object version, or a delete marker. Never changes. */
export interface Version {
  /** Bytes, one character each. */
  readonly key: string;
  /** `null` where the bucket is not versioned. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly content: Content;
  /** Without quotes; empty for a delete marker. */
  readonly etag: string;
  readonly modifiedAtMs: number;
  /** What the client said about the content and gets back: content-type, cache-control, x-amz-meta-*, ... Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly storageClass: string;
  /** Whether an archived object can be read for now. */
  readonly isRestored: boolean;
  readonly checksum: Checksum | undefined;
  /** SSE-C: MD5 of the key in base64. */
  readonly customerKeyMd5: string | undefined;
  /** Ends of the parts of a multipart upload, as offsets. */
  readonly partEnds: readonly number[];
}

/** A version before a bucket gives it its name and time. */
export type VersionDraft = Omit<Version, 'key' | 'versionId' | 'isDeleteMarker' | 'modifiedAtMs' | 'isRestored'>;

/** What must hold of the current version for a write; decided in one step with the write. */
export interface WriteCondition {
  /** ETag without quotes, or `*`. */
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: '*' | undefined;
}
