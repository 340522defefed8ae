import type { FaultFile, FaultFiles } from './files.ts';

/** One request as the answering code sees it. Effects of faults may hand on a changed copy. */
export interface Exchange {
  readonly method: string;
  /** Decoded path below the root, without a leading slash; a directory ends with a slash, the root is ''. */
  readonly path: string;
  /** Request target exactly as received. */
  readonly target: string;
  /** Request headers, names in lower case, repeated ones joined with ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** The file at the path, or undefined when there is none. */
  readonly file: FaultFile | undefined;
  /** The live content, for faults that change it. */
  readonly files: FaultFiles;
  /** Base URL of this origin, with a trailing slash. */
  readonly url: string;
  /** Base URL of the second origin, with a trailing slash. */
  readonly otherUrl: string;
  /** How many requests the fault has met before this one. */
  readonly turn: number;
  /** The server's clock, milliseconds since 1970. */
  readonly nowMs: number;
}

/** The response to send. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. Content-Length is here when it is to be sent, true or not; otherwise the body is chunked. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
  readonly delivery: Delivery;
}

/** Body bytes, or pieces without end made by index. */
export type AnswerBody = Uint8Array | { readonly piece: (index: number) => Uint8Array };

/** How the bytes travel; nothing given means at once and completely. */
export interface Delivery {
  /** Stop after so many body bytes; negative stops before the headers. */
  readonly stopAfterBytes?: number;
  /** How it stops: a clean end of the connection, a TCP reset, or a connection left open in silence. */
  readonly stopBy?: 'end' | 'reset' | 'silence';
  /** Body in pieces of so many bytes with a pause after each. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
  /** Header bytes one piece at a time with a pause after each. */
  readonly dripHeaders?: { readonly bytes: number; readonly everyMs: number };
  /** Wait for `release()` after so many body bytes; negative waits before the headers. */
  readonly holdAfterBytes?: number;
  /** Close the connection after a complete answer, without saying so. */
  readonly closeAfter?: boolean;
}

/** What a fault does to an exchange: change the question, change the answer, or both. */
export interface FaultEffect {
  readonly before?: (exchange: Exchange) => Exchange;
  readonly after?: (answer: Answer, exchange: Exchange) => Answer;
}

/** An {@link Answer} with a true Content-Length. */
export function answerOf(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array | string): Answer {
  const bytes = typeof body === 'string' ? new Uint8Array(Buffer.from(body, 'utf8')) : body;
  return { status, headers: { ...headers, 'content-length': `${bytes.byteLength}` }, body: bytes, delivery: {} };
}

/** The headers without some of them. */
export function withoutHeaders(
  headers: Readonly<Record<string, string>>,
  ...names: readonly string[]
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
