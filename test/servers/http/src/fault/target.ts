import { LISTING_DIALECTS, type ListingDialect } from '../listing/dialect.ts';

/** What a request target names. */
export interface Target {
  /** Decoded path below the root without a leading slash; a directory ends with a slash, the root is ''. */
  readonly path: string;
  /** Dialect chosen by a first segment such as `@nginx-json`, or undefined. */
  readonly dialect: ListingDialect | undefined;
}

/**
 * Reads a request target. Segments are decoded one by one, so an encoded slash stays visible as part of a name.
 *
 * @returns undefined for a target that is not decodable.
 */
export function readTarget(target: string): Target | undefined {
  const [rawPath = '/'] = target.split('?', 1);
  let segments: string[];
  try {
    segments = rawPath.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const dialect = LISTING_DIALECTS.find((candidate) => segments[0] === `@${candidate}`);
  return { path: (dialect === undefined ? segments : segments.slice(1)).join('/'), dialect };
}
