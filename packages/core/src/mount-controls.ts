import type { CallContext } from './backend.ts';
import type { Entry } from './entry.ts';
import type { PrefetchHint } from './filesystem.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { MountStats } from './status.ts';

/** What went over the wire for one mount, and what the cache spared. */
export type TrafficCounters = Pick<MountStats, 'requests' | 'bytesReceived' | 'bytesSent' | 'hits' | 'misses'>;

/** The control verbs of a mount's layers: they are not part of {@link FsBackend}, so they stand beside it. */
export interface MountControls {
  traffic(): TrafficCounters;
  /** What is known of `path` and may still be believed, without asking anybody. */
  peek?(path: string): Entry | undefined;
  prefetch?(hints: readonly PrefetchHint[], context: CallContext): MaybePromise<void>;
  /** Forgets what is known of `path` and all below it. */
  invalidate?(path: string): void;
}
