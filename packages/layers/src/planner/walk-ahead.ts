import { alignRange, dirname, type Range, rangeLength } from '@mountkit/core';
import { directoryWalk, type DirectoryWalk } from './directory-walk.ts';
import type { FetchScheduler } from './fetch-scheduler.ts';
import type { FileState } from './file-state.ts';
import { listingAhead } from './listing-ahead.ts';
import { pageBytes, type PlannerSettings } from './options.ts';
import type { Child } from './plan.ts';
import { type Extent, siblingAhead } from './sibling-ahead.ts';

/** What a walk through the tree tells of what will be asked next, put into the queue. */
export interface WalkAhead {
  readonly walk: Pick<DirectoryWalk, 'get' | 'forget'>;
  /** A caller has come to a file. */
  opened(file: string): void;
  /** A file will hardly be read on. */
  finished(extent: Extent): void;
  /** A caller asks for a listing. */
  visited(directory: string): void;
  listed(directory: string, children: readonly Child[]): void;
  /** What failed once is not read ahead again, so that a refusal is not asked for over and over; until a caller asks. */
  failed(path: string): void;
}

/** What a {@link WalkAhead} works with. */
export interface WalkAheadParts {
  readonly settings: Pick<PlannerSettings, 'memoryBytes' | 'amplification'>;
  readonly scheduler: Pick<FetchScheduler, 'queue' | 'listingInFlight'>;
  /** What is known of a file. */
  known(file: string): FileState | undefined;
  /** Queues a part of a file. */
  want(file: string, size: number, pages: Range): void;
}

const mostRefused = 1024;

/** Nothing visited yet. */
export function walkAhead({ settings, scheduler, known, want }: WalkAheadParts): WalkAhead {
  const { queue } = scheduler;
  const walk = directoryWalk();
  const siblings = siblingAhead(walk);
  const listings = listingAhead(walk);
  const refused = new Set<string>();
  const speculates = settings.amplification > 0;

  /** Queues the listings that come next. */
  function listAhead(): void {
    if (!speculates) return;
    for (const directory of listings.upcoming()) {
      if (scheduler.listingInFlight(directory) || queue.has(directory) || refused.has(directory)) continue;
      queue.push({ kind: 'listing', directory, urgency: 'walk', reason: 'child-listing' });
    }
  }

  /** And the files. */
  function filesAhead(): void {
    if (!speculates) return;
    let bytes = 0;
    for (const { file, size } of siblings.upcoming()) {
      if (!Number.isFinite(size)) continue;
      const wanted = siblings.wanted(size);
      if (wanted === undefined) continue;
      const pages = alignRange(wanted, pageBytes, size);
      bytes += rangeLength(pages);
      if (bytes > settings.memoryBytes / 4) return;
      if (known(file)?.everOpened === true || refused.has(file)) continue;
      want(file, size, pages);
    }
  }

  return {
    walk,
    opened(file) {
      const directory = dirname(file);
      refused.delete(file);
      siblings.opened(file, listings.walkedFrom);
      if (walk.get(directory) !== undefined && listings.visited(directory)) listAhead();
      if (!siblings.steady) queue.drop((entry) => entry.reason === 'sibling');
      if (siblings.due) filesAhead();
    },
    finished: siblings.finished,
    visited(directory) {
      listings.visited(directory);
      listAhead();
      if (siblings.due) filesAhead();
    },
    listed(directory, children) {
      walk.listed(directory, children);
      refused.delete(directory);
      listAhead();
      filesAhead();
    },
    failed(path) {
      if (refused.size >= mostRefused) refused.clear();
      refused.add(path);
    },
  };
}
