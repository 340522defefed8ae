import type { CallContext } from './backend.ts';
import type { Entry } from './entry.ts';
import type { PrefetchHint } from './filesystem.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { MountStats } from './status.ts';

/** What went over the wire for one mount, and what the cache spared. */
export type TrafficCounters = Pick<
  MountStats,
  'requests' | 'bytesReceived' | 'bytesSent' | 'hits' | 'misses' | 'content'
>;

/** The control verbs of a mount's layers: they are not part of {@link FsBackend}, so they stand beside it. */
export interface MountControls {
  traffic(): TrafficCounters;
  /** What is known of `path` and may still be believed, without asking anybody. */
  peek?(path: string): Entry | undefined;
  prefetch?(hints: readonly PrefetchHint[], context: CallContext): MaybePromise<void>;
  /** Tells that a file was opened in the version of `entry`. @returns what tells of its close. */
  opened?(path: string, entry: Entry): () => void;
  /** Since when what is known is served because the origin cannot be reached; undefined while it answers. */
  servingStaleSinceMs?(): number | undefined;
  /** Forgets what is known of `path` and all below it. */
  invalidate?(path: string): void;
}
