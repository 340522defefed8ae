import { canceled, type Clock, type Entry, type FsBackend, type MountControls } from '@mountkit/core';
import { type Layer, layerOver } from '../layer.ts';
import { createAttributeTable } from './attributes.ts';
import { type Content, createContent } from './content.ts';
import { cachedReadlink } from './links.ts';
import { cachedList, type CachedListing, cachedStat } from './names.ts';
import { createOutage } from './outage.ts';
import { prefetchOver } from './prefetch.ts';
import { cachedReadMany } from './read-many.ts';
import { type CachedReads, cachedReads } from './reads.ts';
import { type CacheState, createCacheState, type HitCounters } from './state.ts';

/** What a mount remembers, for how long, and how much it reads ahead. */
export interface CacheOptions {
  /** Hard bound of the bytes of file content, held and on their way. @default 268,435,456 */
  readonly memoryBytes?: number;
  /** How long attributes and listings are believed, in milliseconds; 0: the origin is asked each time. What never changes is believed for ever. @default 60,000 */
  readonly metadataTtlMs?: number;
  /** How long nothing is believed to be at a path, in milliseconds, at most `metadataTtlMs`. @default 5,000 */
  readonly negativeTtlMs?: number;
  /** Bound of the bytes of attributes and listings, as an estimate. @default 67,108,864 */
  readonly attributeBytes?: number;
  /** Bytes that may be read ahead for each byte delivered, beyond 32 MiB. 0 reads the pages that are asked for and nothing else. @default 3 */
  readonly amplification?: number;
  /** While the origin cannot be reached, serve what is known, however old. `health()` says so. @default false */
  readonly staleIfError?: boolean;
}

/** What the cache layer is made with. */
export interface CacheLayerOptions extends CacheOptions {
  readonly clock: Clock;
  readonly counters: HitCounters;
  /** Requests that may be under way at a time. @default 16 */
  readonly connections?: number;
  /** Whether the backend below gives many files in one answer, and their versions with its listings: what is read ahead at one time is one request then. @default false */
  readonly readsMany?: boolean;
  /** Puts a call that queues below, and has this signal, to the front. @default nothing queues below */
  promote?(signal: AbortSignal): void;
}

/** The outermost layer, and the control verbs that are no verbs of a backend. */
export interface CacheLayer {
  readonly layer: Layer;
  readonly controls: CacheControls;
}

/** The control verbs the cache answers, and the counters it adds to those of the traffic. */
export interface CacheControls extends Required<
  Pick<MountControls, 'peek' | 'invalidate' | 'prefetch' | 'opened' | 'servingStaleSinceMs'>
> {
  counters(): Pick<ReturnType<MountControls['traffic']>, 'content'>;
}

/**
 * Remembers attributes, complete listings and content, and reads ahead what will probably be asked next. A hit is a plain value. Identical calls at once share one; a
 * failure is never remembered, but that nothing is there, for a short time. Content is kept by version, over all revisions; attributes by revision.
 *
 * The control verbs speak of the revision that was layered last: that is the one a mount shows.
 */
export function createCache(options: CacheLayerOptions): CacheLayer {
  const { clock, counters, metadataTtlMs = 60_000, negativeTtlMs = 5000, staleIfError = false } = options;
  const { memoryBytes = 256 * 1024 * 1024, attributeBytes = 64 * 1024 * 1024 } = options;
  const outage = createOutage(clock, staleIfError);
  let shown: Shown | undefined;

  const content = createContent({
    clock,
    memoryBytes,
    counters,
    ...(options.amplification !== undefined && { amplification: options.amplification }),
    ...(options.connections !== undefined && { connections: options.connections }),
    ...(options.readsMany !== undefined && { readsMany: options.readsMany }),
    promote: (signal) => options.promote?.(signal),
    shown: (path) => {
      const entry = shown?.state.peek(path);
      return shown === undefined || entry === undefined ? undefined : { entry, origin: shown.inner };
    },
    listAhead: (directory, context) => shown?.listing.ahead(directory, context),
    readAhead(path, sizeBytes, context) {
      const entry = shown?.state.peek(path);
      if (entry?.type !== 'file' || entry.sizeKind !== 'exact' || entry.size !== sizeBytes) return undefined;
      return shown?.reads.ahead(path, entry, context);
    },
    onFailed: (path, error) => shown?.state.note(error, path),
  });

  function overBackend(inner: FsBackend): FsBackend {
    const isFirst = shown === undefined;
    const attributes = createAttributeTable({
      clock,
      immutable: inner.capabilities.immutable,
      ttlMs: metadataTtlMs,
      negativeTtlMs,
      maxBytes: attributeBytes,
    });
    const state = createCacheState(attributes, content, outage, counters, (signal) => options.promote?.(signal));
    const listing = cachedList(inner, state);
    const stat = cachedStat(inner, state);
    const reads = cachedReads(inner, state);
    const { readMany } = inner;
    shown = { inner, state, listing, reads, stat };
    return layerOver(
      inner,
      {
        stat,
        list: listing.list,
        read: reads.read,
        readlink: cachedReadlink(inner, state),
        ...(readMany !== undefined && { readMany: cachedReadMany(inner, state) }),
        close: () => {
          state.close(canceled('close'));
          if (isFirst) content.close(canceled('close'));
        },
      },
      overBackend,
    );
  }

  return {
    layer: overBackend,
    controls: {
      peek: (path): Entry | undefined => shown?.state.peek(path),
      invalidate(path): void {
        shown?.state.invalidate(path);
      },
      prefetch: (hints, context) => {
        if (shown !== undefined) prefetchOver(shown, content, hints, context);
      },
      opened(path, entry): () => void {
        const file = shown && content.find(path, entry.version, shown.state.peek(path) ?? entry, shown.inner);
        return file === undefined ? () => undefined : content.opened(file);
      },
      servingStaleSinceMs: () => outage.servingStaleSinceMs,
      counters: () => ({ content: contentCounters(content) }),
    },
  };
}

/** The revision a mount shows. */
export interface Shown {
  readonly inner: FsBackend;
  readonly state: CacheState;
  readonly listing: CachedListing;
  readonly reads: CachedReads;
  readonly stat: FsBackend['stat'];
}

function contentCounters(content: Content): NonNullable<ReturnType<CacheControls['counters']>['content']> {
  const { demandBytes, speculativeBytes, hotBytes, hintedBytes, deliveredBytes, allowedBytes } = content.stats();
  const { heldBytes, reservedBytes } = content;
  return {
    demandBytes,
    speculativeBytes,
    allowedSpeculativeBytes: allowedBytes,
    hotBytes,
    hintedBytes,
    deliveredBytes,
    heldBytes,
    inFlightBytes: reservedBytes,
  };
}
