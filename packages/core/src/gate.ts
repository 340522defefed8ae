import type { CallContext } from './backend.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** The rate one origin grants one credential. */
export interface GateLimits {
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Points that may be spent in a minute. */
  readonly pointsPerMinute: number;
  /** How long a request may wait for the gate, in milliseconds; a longer wait is refused at once. */
  readonly maxWaitMs: number;
  /** Requests of the origin's quota that are left alone. */
  readonly reserve: number;
}

/** What an origin said about its quota. */
export interface QuotaReport {
  readonly limit?: number;
  readonly remaining?: number;
  /** Milliseconds since the epoch at which the quota is full again. */
  readonly resetAtMs?: number;
}

/** One request's leave to go out. It is given back when the answer's head has come, and at the latest when its body has. */
export interface GatePass {
  release(): void;
}

/**
 * The request gate of one origin and credential, shared by every mount that uses them: it spaces requests and stops them all while the origin has asked for a
 * pause. It holds no slot of the limit layer: a request that waits here is the origin's to blame.
 */
export interface Gate {
  /**
   * Leave for one request that costs `points`.
   * @throws {@link FsError} EIO with reason 'throttled' and `retryAtMs` when the wait would be longer than `maxWaitMs`; ECANCELED.
   */
  take(points: number, context: CallContext): MaybePromise<GatePass>;
  /** Takes note of the quota an answer reported. */
  report(quota: QuotaReport): void;
  /**
   * Stops everything until a time, in milliseconds since the epoch. A later call never shortens a pause.
   *
   * @param detail what those who are refused meanwhile are told, in the author's own words.
   */
  pauseUntil(timeMs: number, detail?: string): void;
}
