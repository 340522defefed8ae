import { policy } from './options.ts';
import type { LearnedRuns } from './stream-tracker.ts';

/** What the window of a stream depends on. */
export interface WindowInput {
  /** What the stream has read so far, in bytes. */
  readonly runBytes: number;
  /** How long runs in this file are, where several are known to have ended. */
  readonly learned: LearnedRuns | undefined;
  /** The most that may lie ahead of this stream. */
  readonly memoryBytes: number;
  /** Whether the run began at the head of the file: who begins anywhere else may have come for a part. @default true */
  readonly fromHead?: boolean;
}

/** How far ahead of a stream bytes are fetched: it grows with what was read, reaches the end of what every run reads at once, and stops where the longest run did. */
export function windowBytes({ runBytes, learned, memoryBytes, fromHead = true }: WindowInput): number {
  const earned = policy.windowPerRun * runBytes;
  const grown = fromHead ? Math.max(policy.smallestWindowBytes, earned) : earned;
  if (learned === undefined || runBytes > learned.longestBytes) return Math.min(memoryBytes, grown);
  const sure = Math.max(0, learned.shortestBytes - runBytes);
  return Math.min(memoryBytes, learned.longestBytes - runBytes, Math.max(grown, sure));
}
