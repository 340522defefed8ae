import type { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { headerOf } from './call.ts';
import type { Call, Service } from './call.ts';
import type { OperationName } from './operation.ts';
import { isAllowed } from './policy.ts';
import type { Reply } from './reply.ts';
import { routes } from './routes/index.ts';
import { S3Error } from './s3-error.ts';
import { verifyRequest } from './signature/verify.ts';
import type { Caller, VerifyContext } from './signature/verify.ts';
import type { Bucket } from './store/bucket.ts';
import type { Target } from './target.ts';

/** A request that has been read as far as its headers. */
export interface Arrived {
  readonly operation: OperationName;
  readonly method: string;
  readonly target: Target;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Buffer>;
  /** The `Range` to answer; a fault may have changed it behind the signature. */
  readonly range: string | undefined;
}

/** Operations that may read a version by its id need their own permission for it. */
const BY_VERSION: Readonly<Record<string, string>> = {
  's3:GetObject': 's3:GetObjectVersion',
  's3:DeleteObject': 's3:DeleteObjectVersion',
};

/**
 * Answers a request: redirects, signature, permission, then the route.
 *
 * @throws {S3Error} what the client gets to see
 */
export async function answer(
  arrived: Arrived,
  service: Service,
  trust: Pick<VerifyContext, 'credential' | 'signingKey'>,
): Promise<Reply> {
  const { operation, method, target, headers } = arrived;
  const bucket = target.bucket === undefined ? undefined : service.buckets.get(target.bucket);
  if (bucket?.settings.movedTo !== undefined) {
    const { movedTo, region } = bucket.settings;
    throw new S3Error('PermanentRedirect', {
      elements: { Endpoint: movedTo, Bucket: bucket.name },
      headers: { 'x-amz-bucket-region': region },
    });
  }
  const region = bucket?.settings.region ?? service.region;
  const caller = verifyRequest({ method, target, headers }, { ...trust, region, nowMs: service.now() });
  const found = routes[operation];
  if (found === undefined) throw new S3Error('NotImplemented');
  const [action, route] = found;
  const call: Call = {
    ...arrived,
    service,
    caller,
    may: (wanted, place = bucket, key = target.key ?? '') => mayDo(caller, wanted, place, key),
  };
  if (action !== undefined) {
    const wanted = target.query.has('versionId') ? (BY_VERSION[action] ?? action) : action;
    if (!call.may(wanted)) throw new S3Error('AccessDenied');
  }
  if (bucket?.settings.requesterPays !== true) return route(call);
  if (headerOf(call, 'x-amz-request-payer') !== 'requester' || caller.accessKeyId === undefined) {
    throw new S3Error('AccessDenied', { message: 'Access Denied. The bucket is a Requester Pays bucket.' });
  }
  const reply = await route(call);
  return { ...reply, headers: { ...reply.headers, 'x-amz-request-charged': 'requester' } };
}

function mayDo(caller: Caller, action: string, bucket: Bucket | undefined, key: string): boolean {
  // Where there is no bucket, only its absence or its making is at stake.
  if (bucket === undefined) return caller.accessKeyId !== undefined;
  const resource = key === '' ? bucket.name : `${bucket.name}/${key}`;
  return isAllowed(bucket.settings.policy, caller.accessKeyId, action, resource);
}
