import { percentDecode } from './key-bytes.ts';
import { S3Error } from './s3-error.ts';

/** What a request addresses. Keys, names and values are bytes, one character each. */
export interface Target {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Path without the query, decoded; of a virtual host it does not hold the bucket. */
  readonly path: string;
  /** Query parameters, decoded, in the order they came. */
  readonly parameters: readonly (readonly [string, string])[];
  /** The first value of each parameter. */
  readonly query: ReadonlyMap<string, string>;
}

/** Domains below which a bucket's name may be the first label; longest first. */
const DOMAINS = ['s3.localhost', 'localhost'];

/**
 * Reads a request's target: path-style, or a virtual host `bucket.s3.localhost`.
 *
 * @throws {S3Error} InvalidURI for a broken percent escape
 */
export function parseTarget(rawUrl: string, host: string | undefined): Target {
  const url = rawUrl.replace(/^https?:\/\/[^/]*/, '');
  const question = url.indexOf('?');
  const path = percentDecode(question === -1 ? url : url.slice(0, question));
  if (path === undefined || !path.startsWith('/')) throw new S3Error('InvalidURI');
  const parameters: (readonly [string, string])[] = [];
  for (const pair of question === -1 ? [] : url.slice(question + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = percentDecode((equals === -1 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    const value = percentDecode(equals === -1 ? '' : pair.slice(equals + 1).replaceAll('+', ' '));
    if (name === undefined || value === undefined) throw new S3Error('InvalidURI');
    parameters.push([name, value]);
  }
  const query = new Map<string, string>();
  for (const [name, value] of parameters) if (!query.has(name)) query.set(name, value);

  const virtual = bucketOfHost(host);
  if (virtual !== undefined) return { bucket: virtual, key: nonEmpty(path.slice(1)), path, parameters, query };
  const slash = path.indexOf('/', 1);
  const bucket = nonEmpty(slash === -1 ? path.slice(1) : path.slice(1, slash));
  const key = slash === -1 ? undefined : nonEmpty(path.slice(slash + 1));
  return { bucket, key, path, parameters, query };
}

function bucketOfHost(host: string | undefined): string | undefined {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (DOMAINS.includes(name)) return undefined;
  const domain = DOMAINS.find((one) => name.endsWith(`.${one}`));
  return domain === undefined ? undefined : name.slice(0, -domain.length - 1);
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}
