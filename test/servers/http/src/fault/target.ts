import { LISTING_DIALECTS, type ListingDialect } from '../listing/dialect.ts';

/** What a request target names. */
export interface Target {
  /** Decoded path below the root without a leading slash; a directory ends with a slash, the root is ''. */
  readonly path: string;
  /** Dialect chosen by a first segment such as `@nginx-json`, or undefined. */
  readonly dialect: ListingDialect | undefined;
  /** A listing of the whole store that is made on demand, or undefined. */
  readonly made: MadeListing | undefined;
}

/** A listing below a URL of its own. */
export type MadeListing =
  | { readonly kind: 'manifest' }
  | { readonly kind: 'sha256sum' }
  | { readonly kind: 'hugging-face'; readonly directory: string; readonly query: string };

/** File names of the listings of a whole store, each below its own first segment. */
export const MADE_LISTING_PATHS = {
  manifest: '@manifest/mountkit.index.json',
  sha256sum: '@sha256sum/SHA256SUMS',
} as const;

const HUGGING_FACE = '@hugging-face';

/**
 * Reads a request target.
 *
 * @returns undefined for a target that is not decodable or hides a slash in a name.
 */
export function readTarget(target: string): Target | undefined {
  const [rawPath = '/', query = ''] = target.split(/\?(.*)/s, 2);
  let segments: string[];
  try {
    segments = rawPath.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const [first = '', ...rest] = segments;
  const isHub = first === HUGGING_FACE;
  if (!isHub && segments.some((segment) => segment.includes('/'))) return undefined;
  // A revision such as refs/pr/1 has encoded slashes; they must not be taken for separators.
  const below = rest.map((segment) => segment.replaceAll('/', '\0')).join('/');
  const whole = segments.join('/');
  if (whole === MADE_LISTING_PATHS.manifest) return { path: whole, dialect: undefined, made: { kind: 'manifest' } };
  if (whole === MADE_LISTING_PATHS.sha256sum) return { path: whole, dialect: undefined, made: { kind: 'sha256sum' } };
  if (first === '@manifest' || first === '@sha256sum') return { path: below, dialect: undefined, made: undefined };
  if (isHub) {
    const tree = /^api\/(?:models|datasets|spaces)\/[^/]+\/[^/]+\/tree\/[^/]+(?:\/(.*))?$/s.exec(below);
    if (tree !== null) {
      const directory = (tree[1] ?? '').replace(/\/$/, '');
      return { path: whole, dialect: undefined, made: { kind: 'hugging-face', directory, query } };
    }
    const file = /^(?:datasets\/|spaces\/)?[^/]+\/[^/]+\/resolve\/[^/]+\/(.*)$/s.exec(below);
    return { path: file?.[1] ?? whole, dialect: undefined, made: undefined };
  }
  const dialect = LISTING_DIALECTS.find((candidate) => first === `@${candidate}`);
  return { path: dialect === undefined ? whole : below, dialect, made: undefined };
}
