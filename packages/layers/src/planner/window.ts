import { policy } from './options.ts';

/** What the window of a stream depends on. */
export interface WindowInput {
  /** What the stream has read so far, in bytes. */
  readonly runBytes: number;
  /** How long runs in this file are, where several are known to have ended. */
  readonly learnedRunBytes: number | undefined;
  /** The most that may lie ahead of this stream. */
  readonly memoryBytes: number;
}

/** How far ahead of a stream bytes are fetched: it grows with what was read, and stops where runs in this file are known to stop. */
export function windowBytes({ runBytes, learnedRunBytes, memoryBytes }: WindowInput): number {
  const wanted = Math.max(policy.smallestWindowBytes, policy.windowPerRun * runBytes);
  const capped = Math.min(wanted, memoryBytes);
  // A run that outlives the others has left the pattern: what was learned says nothing about it.
  if (learnedRunBytes === undefined || runBytes > learnedRunBytes) return capped;
  return Math.min(capped, learnedRunBytes - runBytes);
}
