import { bucketOf, keyOf } from '../call.ts';
import type { Call } from '../call.ts';
import { empty } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { findVersion } from './get-object.ts';

/** RestoreObject: here an archived object can be read at once. */
export function restoreObject(call: Call): Reply {
  const bucket = bucketOf(call);
  const version = findVersion(call, bucket, keyOf(call), call.target.query.get('versionId'));
  bucket.replace({ ...version, isRestored: true });
  return empty(version.isRestored ? 200 : 202);
}
