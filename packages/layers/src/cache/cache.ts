import { canceled, type Clock, type Entry, type FsBackend, type MountControls } from '@mountkit/core';
import { type Layer, layerOver } from '../layer.ts';
import { createAttributeTable } from './attributes.ts';
import { type ContentStore, createContentStore } from './contents.ts';
import { cachedList, cachedStat } from './names.ts';
import { cachedRead } from './reads.ts';
import { type CacheState, createCacheState, type HitCounters } from './state.ts';

/** What a mount remembers, and for how long. */
export interface CacheOptions {
  /** Hard bound of the bytes of file content. @default 67,108,864 */
  readonly memoryBytes?: number;
  /** How long attributes and listings are believed, in milliseconds; 0: the origin is asked each time. What never changes is believed for ever. @default 60,000 */
  readonly metadataTtlMs?: number;
  /** How long nothing is believed to be at a path, in milliseconds, at most `metadataTtlMs`. @default 5,000 */
  readonly negativeTtlMs?: number;
  /** Bound of the bytes of attributes and listings, as an estimate. @default 67,108,864 */
  readonly attributeBytes?: number;
}

/** What the cache layer is made with. */
export interface CacheLayerOptions extends CacheOptions {
  readonly clock: Clock;
  readonly counters: HitCounters;
}

/** The outermost layer, and the control verbs that are no verbs of a backend. */
export interface CacheLayer {
  readonly layer: Layer;
  readonly controls: Required<Pick<MountControls, 'peek' | 'invalidate'>>;
}

/**
 * Remembers attributes, complete listings and whole small files. A hit is a plain value. Identical calls at once share one; a failure is never remembered, but that
 * nothing is there, for a short time. Content is kept by path and version, over all revisions; attributes by revision.
 *
 * The control verbs speak of the revision that was layered last: that is the one a mount shows.
 */
export function createCache(options: CacheLayerOptions): CacheLayer {
  const { clock, counters, metadataTtlMs = 60_000, negativeTtlMs = 5000 } = options;
  const { memoryBytes = 64 * 1024 * 1024, attributeBytes = 64 * 1024 * 1024 } = options;
  const contents: ContentStore = createContentStore(memoryBytes);
  let shown: CacheState | undefined;

  function overBackend(inner: FsBackend): FsBackend {
    const attributes = createAttributeTable({
      clock,
      immutable: inner.capabilities.immutable,
      ttlMs: metadataTtlMs,
      negativeTtlMs,
      maxBytes: attributeBytes,
    });
    const state = createCacheState(attributes, contents, memoryBytes, counters);
    shown = state;
    return layerOver(
      inner,
      {
        stat: cachedStat(inner, state),
        list: cachedList(inner, state),
        read: cachedRead(inner, state),
        close: () => state.close(canceled('close')),
      },
      overBackend,
    );
  }

  return {
    layer: overBackend,
    controls: {
      peek: (path): Entry | undefined => shown?.peek(path),
      invalidate(path): void {
        shown?.invalidate(path);
      },
    },
  };
}
