import type { ListingDialect } from '../listing/dialect.ts';
import type { ConditionHeader } from './conditions.ts';
import type { Answer, Exchange } from './exchange.ts';

/** One way in which a server can misbehave, as data. Sizes in bytes, times in milliseconds. */
export type Fault =
  | RangeFault
  | ValidatorFault
  | BodyFault
  | DeliveryFault
  | StatusFault
  | RedirectFault
  | ListingFault
  | {
      /** Anything else: a function makes the answer from the honest one. */
      readonly kind: 'custom';
      readonly answer: (honest: Answer, exchange: Exchange) => Answer;
    };

/** Faults about ranges. */
export type RangeFault =
  /** Every range request gets 200 and the whole file. */
  | { readonly kind: 'ignore-range' }
  /** 206 with right bytes under a Content-Range that is shifted, has another total, is replaced, or is missing (`value: null`). */
  | {
      readonly kind: 'content-range';
      readonly startBy?: number;
      readonly endBy?: number;
      readonly totalBy?: number;
      readonly value?: string | null;
    }
  /** 206 whose Content-Range and length are right for the question, but whose bytes come from elsewhere in the file. */
  | { readonly kind: 'shifted-bytes'; readonly by: number }
  /** 206 with fewer bytes than asked, honestly described: a server may do that. */
  | { readonly kind: 'short-range'; readonly bytes: number }
  /** 206 multipart/byteranges to a single range; `wrong` puts another range inside. */
  | { readonly kind: 'multipart'; readonly wrong?: boolean }
  /** 416 to every range; `total` null leaves out Content-Range. */
  | { readonly kind: 'unsatisfiable'; readonly total?: number | null };

/** Faults about ETag, Last-Modified and conditions. */
export type ValidatorFault =
  /** Sends a weak ETag, no ETag, or no validator at all. */
  | { readonly kind: 'validators'; readonly send: 'weak-etag' | 'last-modified-only' | 'etag-only' | 'none' }
  /** Last-Modified is the present second (`ageMs` 0) or so much older: too young to be trusted. No ETag. */
  | { readonly kind: 'racy'; readonly ageMs?: number }
  /** Another ETag with every request, the same bytes. */
  | { readonly kind: 'etag-flip' }
  /** The file is replaced for good before the request with this turn (0 is the first) is answered. */
  | { readonly kind: 'replace'; readonly atTurn: number; readonly bytes: Uint8Array; readonly keepEtag?: boolean }
  /** Behaves as if these conditions were not there. */
  | { readonly kind: 'ignore-conditions'; readonly headers: readonly ConditionHeader[] };

/** Faults about the body and its description. */
export type BodyFault =
  /**
   * Compresses although nobody asked. `whole`: 200 with the whole file compressed. `slice`: 206 with the asked range of
   * the compressed stream. `label`: plain bytes under `Content-Encoding: gzip`.
   */
  | { readonly kind: 'gzip'; readonly form: 'whole' | 'slice' | 'label' }
  /** Content-Length off by so many bytes; the connection ends after the true body. */
  | { readonly kind: 'content-length'; readonly by: number }
  /** No Content-Length: the body is chunked. */
  | { readonly kind: 'chunked' }
  /** 200 text/html with a login form. */
  | { readonly kind: 'login-page' }
  /** A body without end; `declared` is sent as Content-Length. */
  | { readonly kind: 'endless-body'; readonly declared?: number };

/** Faults of the connection. */
export type DeliveryFault =
  /** The connection ends cleanly after so many body bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** TCP reset after so many body bytes; -1 is before the headers. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Nothing more comes after so many body bytes; -1 is before the headers. The connection stays open. */
  | { readonly kind: 'silent'; readonly afterBytes: number }
  /** Slow loris: header or body bytes drip. */
  | { readonly kind: 'drip'; readonly part: 'headers' | 'body'; readonly bytes: number; readonly everyMs: number }
  /** Waits for `release()` after so many body bytes; -1 is before the headers. */
  | { readonly kind: 'hold'; readonly afterBytes: number }
  /** Closes a kept-alive connection after a complete answer, without a word. */
  | { readonly kind: 'close-after' };

/** Faults of the status line. */
export type StatusFault =
  /** A status with an optional Retry-After: seconds as a number, a date, or any text. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: number | Date | string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

/** Faults of redirection. */
export type RedirectFault =
  /** To a literal Location; '{url}', '{other}' and '{path}' stand for this origin, the second one and the encoded path. */
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** So many redirects on this origin before the file. */
  | { readonly kind: 'redirect-chain'; readonly hops: number; readonly status?: number }
  /** To itself, forever; with `period` over so many different URLs. */
  | { readonly kind: 'redirect-loop'; readonly period?: number };

/** Faults of listings; the path is a directory. */
export type ListingFault =
  /** A listing without end. */
  | { readonly kind: 'endless-listing'; readonly dialect: ListingDialect }
  /** A listing whose entries point outside, hide slashes, repeat, and so on; some honest ones among them. */
  | { readonly kind: 'hostile-listing'; readonly dialect: ListingDialect }
  /** A listing that breaks off in the middle of an entry, though its length is right. */
  | { readonly kind: 'broken-listing'; readonly dialect: ListingDialect };

/** When a scripted fault applies. All given conditions must hold. */
export interface FaultScope {
  /** @default every method */
  readonly methods?: readonly string[];
  /** Only requests with (or without) a Range header. */
  readonly ranged?: boolean;
  /** Only the first so many matching requests, after `skip`. @default no end */
  readonly times?: number;
  /** So many matching requests pass first. @default 0 */
  readonly skip?: number;
}
