import type { S3Settings } from './options.ts';

/**
 * Scheme, host and port that requests for a bucket go to. Without a region in the options only the SDK's configuration knows which one it is: then it is AWS's
 * global name. The places that give out credentials (STS, SSO, instance metadata) are not among them.
 */
export function originsOf({ bucket, endpoint, forcePathStyle, region }: S3Settings): readonly string[] {
  const inHost = !forcePathStyle && /^[a-z0-9-]+$/.test(bucket) ? `${bucket}.` : '';
  if (endpoint !== undefined) {
    const { protocol, host } = new URL(endpoint);
    return [`${protocol}//${inHost}${host}`];
  }
  const suffix = region?.startsWith('cn-') === true ? 'amazonaws.com.cn' : 'amazonaws.com';
  return [`https://${inHost}s3.${region === undefined ? '' : `${region}.`}${suffix}`];
}
