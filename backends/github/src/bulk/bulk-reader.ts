import { type BackendContext, type Bytes, canceled, isFsError } from '@mountkit/core';
import { fetchArchive } from '../archive/fetch-archive.ts';
import type { GitHubClient } from '../client.ts';
import { batchesOf } from '../git/batches.ts';
import { fetchBlobs } from '../git/fetch-blobs.ts';
import type { GitHubSettings } from '../options.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Wire } from '../wire.ts';
import { createBackOff } from './back-off.ts';
import { createBlobStore } from './blob-store.ts';
import { type BulkFlight, createBulkFlight } from './bulk-flight.ts';
import { bytesOf, planBulk, smallBytes } from './bulk-plan.ts';
import { type IndexedBlob, indexTree, type TreeIndex } from './tree-index.ts';

/**
 * Fetches many files in few requests: those somebody names, and those that will be read next once reads have missed in a burst.
 *
 * What it holds is a part of the pinned snapshot, as its tree is: contents of immutable names, verified, that came with others because they cost nothing of their own. It is bounded
 * in bytes, shared by all revisions through those names, and goes when the backend is closed.
 */
export interface BulkReader {
  /** The bytes of a blob that came in bulk. */
  held(oid: string): Bytes | undefined;
  /** A wait for a blob that is on its way in bulk; undefined where it is on none. It ends with undefined when the blob will not come. */
  wait(oid: string, signal: AbortSignal | undefined): Promise<Bytes | undefined> | undefined;
  /** Somebody asked for the file at `path` and it was not at hand. It may start a fetch that has it. */
  missed(path: string, oid: string, snapshot: Snapshot): void;
  /** Files somebody named, in portions that fit; each is under way when its turn has come. Ends when all portions are. */
  portionsOf(named: readonly IndexedBlob[]): readonly (readonly IndexedBlob[])[];
  /** Starts fetching one portion. */
  fetch(portion: readonly IndexedBlob[], snapshot: Snapshot): void;
  /** Tells that a blob is being asked for alone, until the function that is returned is called. */
  asking(oid: string): () => void;
  /** Lets go of everything; fetches under way are to be ended by their signal. */
  close(): Promise<void>;
}

/** What a bulk reader is made of. */
export interface BulkParts {
  readonly client: GitHubClient;
  readonly wire: Wire;
  readonly settings: GitHubSettings;
  readonly context: BackendContext;
  /** Fires when the backend closes. */
  readonly closing: AbortSignal;
}

/** A serial reader shows by so many misses within so long. */
const burstMisses = 4;
const burstMs = 2000;
const packsAtOnce = 4;
/** A slow link brings what is far back in a pack or archive late: asked for by itself it comes sooner. */
const longestWaitMs = 5000;
/** Fewer files than this are no bulk. */
const fewest = 4;
/** What of a bulk fetch has to be of use for the next one to be larger. */
const usefulShare = 1 / 4;
const smallestWindow: number = 1024 * 1024;

/** Headers and padding of a tar archive, and what export-subst may add. */
const tarEntryBytes = 8192;

/** Makes the bulk reader of a backend; nothing is fetched before reads miss. */
export function createBulkReader({ client, wire, settings, context, closing }: BulkParts): BulkReader {
  const { clock, timeouts } = context;
  const patience = {
    // Before the call itself times out.
    blobMs: Math.min(longestWaitMs, timeouts.firstByteMs / 2),
    giveUpMs: Math.max(timeouts.firstByteMs, timeouts.idleMs),
  };
  const capacity = settings.bulkBytes;
  const store = createBlobStore(capacity);
  const flights = new Map<BulkFlight, { readonly over: Promise<void>; readonly bytes: number }>();
  const alone = new Set<string>();
  const indexes = new WeakMap<Snapshot, TreeIndex>();
  const archives = createBackOff(clock);
  const packs = createBackOff(clock);
  const where = { op: 'read' };
  let misses: { readonly path: string; readonly atMs: number }[] = [];
  let windowBytes = smallBytes;
  // How the newest fetch of our own accord turned out.
  let latest:
    | { readonly flight: BulkFlight; readonly oids: Set<string>; readonly of: number; usedMs: number }
    | undefined;

  const packsOpen = (): boolean => settings.transport !== 'rest' && packs.open;
  const archivesOpen = (): boolean => settings.archive && settings.transport !== 'git' && archives.open;

  function onWay(oid: string): BulkFlight | undefined {
    for (const flight of flights.keys()) if (flight.expects(oid)) return flight;
    return undefined;
  }

  const isHeld = (oid: string): boolean => store.has(oid) || alone.has(oid) || onWay(oid) !== undefined;

  const isLarge = ({ size }: IndexedBlob): boolean => size > capacity / 2;

  /** How many more bytes may be fetched now. */
  function room(): number {
    let bytes = capacity;
    for (const flight of flights.values()) bytes -= flight.bytes;
    return Math.max(0, bytes);
  }

  function used(oid: string): void {
    if (latest?.oids.delete(oid) === true) latest.usedMs = clock.now();
  }

  // The index of a tree that is not known completely grows.
  function indexOf(snapshot: Snapshot): TreeIndex {
    const known = indexes.get(snapshot);
    if (known?.complete === true) return known;
    const index = indexTree(snapshot.tree.root, settings.path);
    indexes.set(snapshot, index);
    return index;
  }

  function wasUseful(): boolean {
    return latest !== undefined && latest.of - latest.oids.size >= latest.of * usefulShare;
  }

  function missed(path: string, oid: string, snapshot: Snapshot): void {
    if (
      capacity <= 0 ||
      closing.aborted ||
      store.has(oid) ||
      onWay(oid) !== undefined ||
      (!packsOpen() && !archivesOpen())
    )
      return;
    const nowMs = clock.now();
    misses = [...misses.filter(({ atMs }) => nowMs - atMs <= burstMs), { path, atMs: nowMs }].slice(-burstMisses);
    if (latest !== undefined && flights.has(latest.flight)) return;
    const goesOn = latest !== undefined && wasUseful() && nowMs - latest.usedMs <= burstMs;
    if (misses.length < (goesOn ? 1 : burstMisses)) return;
    const smallest = Math.min(smallestWindow, capacity);
    if (latest !== undefined) windowBytes = wasUseful() ? windowBytes * 2 : windowBytes / 2;
    windowBytes = Math.min(Math.max(smallest, capacity / 2), Math.max(smallest, windowBytes));
    const roomBytes = room();
    const index = indexOf(snapshot);
    const plan = planBulk({
      index,
      misses: misses.map((miss) => miss.path),
      held: isHeld,
      windowBytes: Math.min(windowBytes, roomBytes),
      wholeBytes: goesOn || !packsOpen() ? roomBytes : Math.min(smallBytes, roomBytes),
    });
    misses = [];
    if (plan.length < fewest || (!packsOpen() && !fitsArchive(plan, index))) {
      // A plan takes a look at the whole tree, so not with every miss.
      latest = undefined;
      return;
    }
    const flight = start(plan, snapshot);
    latest = { flight, oids: new Set(plan.map((blob) => blob.oid)), of: plan.length, usedMs: nowMs };
  }

  function fitsArchive(plan: readonly IndexedBlob[], { complete, repositoryBytes }: TreeIndex): boolean {
    return complete && repositoryBytes <= capacity && bytesOf(plan) * 2 >= repositoryBytes;
  }

  function start(plan: readonly IndexedBlob[], snapshot: Snapshot): BulkFlight {
    const flight = createBulkFlight(
      plan.map(({ oid }) => oid),
      clock,
      patience,
    );
    const over = run(flight, plan, snapshot).finally(() => {
      flight.end();
      flights.delete(flight);
    });
    flights.set(flight, { over, bytes: bytesOf(plan) });
    return flight;
  }

  // It never rejects: whoever waited asks by himself and meets the error, or not.
  async function run(flight: BulkFlight, plan: readonly IndexedBlob[], snapshot: Snapshot): Promise<void> {
    const landed = (oid: string, content: Uint8Array): void => {
      if (!flight.expects(oid) || closing.aborted) return;
      flight.heard();
      store.put(oid, [content]);
      flight.landed(oid, [content]);
    };
    if (archivesOpen() && fitsArchive(plan, indexOf(snapshot))) await fromArchive(flight, plan, snapshot, landed);
    if (flight.missing.size > 0 && packsOpen() && !flight.signal.aborted) await fromPacks(flight, plan, landed);
  }

  async function fromArchive(
    flight: BulkFlight,
    plan: readonly IndexedBlob[],
    snapshot: Snapshot,
    found: (oid: string, content: Uint8Array) => void,
  ): Promise<void> {
    const { repositoryBytes, repositoryEntries } = indexOf(snapshot);
    const bounds = {
      blobBytes: plan.reduce((most, { size }) => Math.max(most, size), 0),
      totalBytes: 2 * (repositoryBytes + repositoryEntries * tarEntryBytes) + 1024 * 1024,
      hash: snapshot.revision.length === 64 ? 'sha256' : 'sha1',
    } as const;
    const source = { client, wire, baseUrl: settings.baseUrl };
    const told = { found, heard: flight.heard };
    try {
      await fetchArchive(source, snapshot.revision, bounds, told, { signal: flight.signal }, where);
      archives.succeeded();
    } catch (error) {
      failedIn(archives, error);
    }
  }

  async function fromPacks(
    flight: BulkFlight,
    plan: readonly IndexedBlob[],
    found: (oid: string, content: Uint8Array) => void,
  ): Promise<void> {
    const batches = batchesOf(plan.filter(({ oid }) => flight.expects(oid))).values();
    const told = { found, heard: flight.heard };
    let failed = false;
    const work = async (): Promise<void> => {
      for (const batch of batches) {
        if (failed) return;
        try {
          await fetchBlobs(wire, settings.repositoryUrl, batch, told, { signal: flight.signal }, where);
        } catch (error) {
          failed = true;
          failedIn(packs, error);
        }
      }
    };
    await Promise.all(Array.from({ length: packsAtOnce }, work));
    if (!failed) packs.succeeded();
  }

  function failedIn(backOff: typeof packs, error: unknown): void {
    if (!closing.aborted) backOff.failed(isFsError(error) ? error : undefined);
  }

  return {
    held(oid) {
      const content = store.take(oid);
      if (content !== undefined) used(oid);
      return content;
    },
    wait(oid, signal) {
      const flight = onWay(oid);
      if (flight === undefined) return undefined;
      return flight.wait(oid, signal).then((content) => {
        if (closing.aborted) throw canceled('read', undefined, closing.reason);
        if (content !== undefined) {
          used(oid);
          store.take(oid);
        }
        return content;
      });
    },
    missed,
    portionsOf(named) {
      if (bytesOf(named) <= capacity) return [named];
      const portions: IndexedBlob[][] = [[]];
      let bytes = 0;
      for (const blob of named) {
        // One that is too large for bulk is read by itself, beside the others.
        const size = isLarge(blob) ? 0 : blob.size;
        if (bytes + size > capacity / 2) {
          portions.push([]);
          bytes = 0;
        }
        portions.at(-1)?.push(blob);
        bytes += size;
      }
      return portions;
    },
    fetch(portion, snapshot) {
      const fitting = bytesOf(portion) <= capacity ? portion : portion.filter((blob) => !isLarge(blob));
      let left = room();
      const plan = fitting.filter(({ oid, size }) => {
        if (size === 0 || size > left || isHeld(oid)) return false;
        left -= size;
        return true;
      });
      const possible = packsOpen() || (archivesOpen() && fitsArchive(plan, indexOf(snapshot)));
      if (capacity > 0 && !closing.aborted && possible && plan.length >= fewest) start(plan, snapshot);
    },
    asking(oid) {
      alone.add(oid);
      return () => void alone.delete(oid);
    },
    async close() {
      await Promise.all(Array.from(flights.values(), ({ over }) => over));
      store.clear();
      latest = undefined;
    },
  };
}
