import type { Clock } from './clock.ts';
import type { Gate, GateLimits } from './gate.ts';
import type { Secret } from './secret.ts';

/** One request that went to an origin, told when it has ended. No header, no query, no credential is in it. */
export interface RequestEvent {
  /** HTTP method or the protocol's verb. */
  readonly method: string;
  /** The kind of request, without names of files: 'git/trees', 'git/blobs'. */
  readonly route: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** HTTP status; left out where no answer came. */
  readonly status?: number;
  /** Bytes of the body that arrived, as they came over the wire where that is known. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** From the first attempt to send to the end of the body. */
  readonly elapsedMs: number;
  readonly requestId?: string;
  /** What was caught, for hooks: it may hold text from the origin. */
  readonly error?: unknown;
}

/** Milliseconds to wait for each stage of a request; undefined: the backend's own default. */
export interface Timeouts {
  /** For a connection. */
  readonly connectMs: number;
  /** For the head of an answer. */
  readonly firstByteMs: number;
  /** Between two pieces of a body. There is no limit to the whole of it. */
  readonly idleMs: number;
}

/** What a backend is given when it is made. Clock, chance and the rate of an origin come from here and from nowhere else. */
export interface BackendContext {
  /** The gate of an origin and credential. Equal keys get the same gate, with the limits it was first asked with. */
  gate(key: { readonly origin: string; readonly credential?: string }, limits: GateLimits): Gate;
  /** Called for every request, after it. It must not throw. */
  onRequest(event: RequestEvent): void;
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
  /** Wraps a credential the backend came by itself, e.g. a renewed token. */
  secret(value: string, scope?: string): Secret;
  readonly timeouts: Timeouts;
  /** Fires when the mount closes. */
  readonly signal: AbortSignal;
}
