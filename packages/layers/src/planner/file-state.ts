import type { Range } from '@mountkit/core';
import { pageBytes, type PlannerSettings } from './options.ts';
import { type RangeSet, rangeSet } from './range-set.ts';
import { type MissRegions, missRegions } from './miss-regions.ts';
import { type StreamTracker, streamTracker } from './stream-tracker.ts';
import { type StrideDetector, strideDetector } from './stride-detector.ts';
import { type WaitingAccount, waitingAccount } from './waiting-account.ts';

/** What the planner knows of one file. */
export interface FileState {
  readonly file: string;
  /** Infinity as long as it is not known exactly: nothing is speculated about such a file. */
  size: number;
  opens: number;
  everOpened: boolean;
  /** What the cache holds. */
  readonly present: RangeSet;
  /** What is being fetched and has not come yet. */
  readonly inFlight: RangeSet;
  /** What waits for a connection. */
  readonly queued: RangeSet;
  /** What was fetched ahead and nobody has read yet, in flight or present. */
  readonly unread: RangeSet;
  readonly streams: StreamTracker;
  readonly strides: StrideDetector;
  readonly regions: MissRegions;
  readonly waiting: WaitingAccount;
  /** How far the file was read from its head on without a gap. */
  headBytes: number;
  /** How far from its end back the file was read without a gap. */
  tailBytes: number;
  /** Up to where each stream has let go of what lies behind it. */
  readonly droppedTo: Map<number, number>;
}

/** A file nothing was read of. */
export function fileState(
  file: string,
  size: number,
  { memoryBytes, amplification }: Pick<PlannerSettings, 'memoryBytes' | 'amplification'>,
): FileState {
  // Made when they are needed: of most files, the whole is read at once or nothing at all.
  let streams: StreamTracker | undefined;
  let strides: StrideDetector | undefined;
  let regions: MissRegions | undefined;
  let waiting: WaitingAccount | undefined;
  return {
    file,
    size,
    opens: 0,
    everOpened: false,
    present: rangeSet(),
    inFlight: rangeSet(),
    queued: rangeSet(),
    unread: rangeSet(),
    get streams() {
      return (streams ??= streamTracker());
    },
    get strides() {
      return (strides ??= strideDetector());
    },
    get regions() {
      return (regions ??= missRegions(amplification));
    },
    get waiting() {
      return (waiting ??= waitingAccount(memoryBytes, amplification));
    },
    headBytes: 0,
    tailBytes: 0,
    droppedTo: new Map(),
  };
}

/** Whether nothing would be lost with the state. */
export function isIdle(state: FileState): boolean {
  return state.opens === 0 && state.present.bytes + state.inFlight.bytes + state.queued.bytes === 0;
}

/** Remembers what was read, as far as it hangs together with the head or with the end of the file. */
export function noteExtent(state: FileState, range: Range): void {
  if (range.start <= state.headBytes + pageBytes) state.headBytes = Math.max(state.headBytes, range.end);
  else if (range.end >= state.size - state.tailBytes - pageBytes) {
    state.tailBytes = Math.max(state.tailBytes, state.size - range.start);
  }
}
