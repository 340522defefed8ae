/** A request that came to the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** When it came, by `performance.now()`. */
  readonly atMs: number;
  /** When its answer was spoiled; undefined where it was not. */
  readonly spoiledAtMs: number | undefined;
}

/** Headers of an answer, in order; names in lower case. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** What the origin answered. */
export interface Exchange {
  readonly request: ProxiedRequest;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** How an answer is delivered. */
export interface Delivery extends Omit<Exchange, 'request'> {
  /** What Content-Length says where that is not the length of the body; 'chunked' gives none. */
  readonly length?: number | 'chunked';
  /** The connection ends, is reset or falls silent when so many bytes of the body are sent; 'head' is before anything is. */
  readonly cut?: { readonly after: number | 'head'; readonly by: 'end' | 'reset' | 'silence' };
  /** Sent in place of everything else: no HTTP. */
  readonly garbage?: string;
}

/** The value of a header. */
export function headerOf({ headers }: Pick<Exchange, 'headers'>, name: string): string | undefined {
  return headers.find(([each]) => each === name)?.[1];
}

/** The headers with some of them changed; undefined removes one. */
export function withHeaders(headers: Headers, changes: Readonly<Record<string, string | undefined>>): Headers {
  const kept = headers.filter(([name]) => !Object.hasOwn(changes, name));
  const set = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return [...kept, ...set];
}

/** The bytes a 206 says to hold: half-open, of a file of that size. */
export interface PartialContent {
  readonly start: number;
  readonly end: number;
}

/** What an answer holds of a file of these bytes: a part, or the whole; undefined where it is no plain content of that file. */
export function contentOf(
  { status, headers, body }: Omit<Exchange, 'request'>,
  file: Uint8Array,
): PartialContent | undefined {
  if (headerOf({ headers }, 'content-encoding') !== undefined) return undefined;
  if (status === 200) return Buffer.compare(body, file) === 0 ? { start: 0, end: file.byteLength } : undefined;
  if (status !== 206) return undefined;
  // RFC 9110, section 14.4.
  const [, first, last] = /^bytes (\d+)-(\d+)\/(?:\d+|\*)$/.exec(headerOf({ headers }, 'content-range') ?? '') ?? [];
  if (first === undefined || last === undefined) return undefined;
  const part = { start: Number(first), end: Number(last) + 1 };
  return Buffer.compare(body, file.subarray(part.start, part.end)) === 0 ? part : undefined;
}
