import { createHash } from 'node:crypto';
import type { PolicyStatement } from '../policy.ts';
import { bytesContent } from '../content.ts';
import { S3Error } from '../s3-error.ts';
import { createKeyIndex } from './key-index.ts';
import type { KeyIndex } from './key-index.ts';
import type { Upload } from './upload.ts';
import type { Version, VersionDraft, WriteCondition } from './version.ts';

/** What can be changed about a bucket. */
export interface BucketSettings {
  /** Region a signature has to name. */
  region: string;
  versioning: 'Enabled' | 'Suspended' | undefined;
  policy: readonly PolicyStatement[];
  /** Requests without `x-amz-request-payer` are refused. */
  requesterPays: boolean;
  /** The bucket is somewhere else: requests are redirected to this endpoint (`host:port`). */
  movedTo: string | undefined;
}

/** A bucket in memory. Every method is one atomic step. */
export interface Bucket {
  readonly name: string;
  readonly createdAtMs: number;
  readonly settings: BucketSettings;
  /** Every key that has versions. */
  readonly keys: KeyIndex;
  readonly uploads: Map<string, Upload>;
  /** All versions of a key, newest first. */
  versions(key: string): readonly Version[];
  /** The current version, or `undefined` where there is none or it is a delete marker. */
  current(key: string): Version | undefined;
  /**
   * Writes a new current version.
   *
   * @throws {S3Error} PreconditionFailed or NoSuchKey when the condition does not hold now
   */
  put(key: string, draft: VersionDraft, condition?: WriteCondition): Version;
  /** Puts an edited version in the place of the same version. */
  replace(version: Version): void;
  /** Deletes: a version for good, else the current one by the rules of versioning. The version or marker that was removed or made. */
  delete(key: string, versionId: string | undefined): Version | undefined;
}

/** A bucket without objects. */
export function createBucket(name: string, settings: BucketSettings, now: () => number): Bucket {
  const byKey = new Map<string, readonly Version[]>();
  const keys = createKeyIndex();
  let writes = 0;

  const nextId = (): string => {
    if (settings.versioning !== 'Enabled') return 'null';
    writes += 1;
    return createHash('sha256').update(`${name}/${writes}`).digest('base64url').slice(0, 32);
  };
  const set = (key: string, versions: readonly Version[]): void => {
    if (versions.length === 0) {
      if (byKey.delete(key)) keys.remove(key);
      return;
    }
    if (!byKey.has(key)) keys.add(key);
    byKey.set(key, versions);
  };
  const push = (version: Version): Version => {
    const older = (byKey.get(version.key) ?? []).filter((one) => one.versionId !== version.versionId);
    set(version.key, [version, ...older]);
    return version;
  };
  const current = (key: string): Version | undefined => {
    const newest = byKey.get(key)?.[0];
    return newest?.isDeleteMarker === true ? undefined : newest;
  };

  return {
    name,
    createdAtMs: now(),
    settings,
    keys,
    uploads: new Map(),
    versions: (key) => byKey.get(key) ?? [],
    current,
    put(key, draft, condition) {
      expectCondition(current(key), condition);
      return push({
        ...draft,
        key,
        versionId: nextId(),
        isDeleteMarker: false,
        modifiedAtMs: now(),
        isRestored: false,
      });
    },
    replace(version) {
      set(
        version.key,
        (byKey.get(version.key) ?? []).map((one) => (one.versionId === version.versionId ? version : one)),
      );
    },
    delete(key, versionId) {
      const versions = byKey.get(key) ?? [];
      if (versionId !== undefined || settings.versioning === undefined) {
        const gone = versions.find((one) => one.versionId === (versionId ?? 'null'));
        set(
          key,
          versions.filter((one) => one !== gone),
        );
        return gone;
      }
      return push({
        key,
        versionId: nextId(),
        isDeleteMarker: true,
        content: bytesContent(),
        etag: '',
        modifiedAtMs: now(),
        headers: {},
        storageClass: 'STANDARD',
        isRestored: false,
        checksum: undefined,
        customerKeyMd5: undefined,
        partEnds: [],
      });
    },
  };
}

/**
 * Decides a conditional write.
 *
 * @throws {S3Error} PreconditionFailed, or NoSuchKey for If-Match without an object
 */
export function expectCondition(current: Version | undefined, condition: WriteCondition | undefined): void {
  if (condition === undefined) return;
  if (condition.ifNoneMatch !== undefined && current !== undefined) {
    throw new S3Error('PreconditionFailed', { elements: { Condition: 'If-None-Match' } });
  }
  if (condition.ifMatch === undefined) return;
  if (current === undefined) throw new S3Error('NoSuchKey');
  if (condition.ifMatch !== '*' && condition.ifMatch !== current.etag) {
    throw new S3Error('PreconditionFailed', { elements: { Condition: 'If-Match' } });
  }
}
