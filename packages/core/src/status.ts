import type { FsError } from './error.ts';

/** Counters of one mount since it was made. */
export interface MountStats {
  readonly path: string;
  /** The backend's id. */
  readonly backend: string;
  readonly requests: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Calls of the layers' cache that needed nothing from the origin, and those that did. */
  readonly hits: number;
  readonly misses: number;
  /** What the layers' cache holds and fetched, and for what; left out where there is no cache. */
  readonly content?: ContentCounters;
  /** Calls that ended in an error other than ENOENT, ENOTDIR, EISDIR, EROFS and the caller's own doing. */
  readonly errors: number;
}

/** Bytes of content in a mount's cache, and those it fetched since it was made. */
export interface ContentCounters {
  /** Pages of reads that had to wait for them. */
  readonly demandBytes: number;
  /** Read ahead because they might be asked for: never more than `allowedSpeculativeBytes`. */
  readonly speculativeBytes: number;
  /** 32 MiB, and three times what was delivered, where the mount says nothing else. */
  readonly allowedSpeculativeBytes: number;
  /** Of files and regions that had cost more waiting than their transfer takes: fetched whole, once each, outside the bound. */
  readonly hotBytes: number;
  /** Announced by a caller. */
  readonly hintedBytes: number;
  /** Handed to callers, from memory as well. */
  readonly deliveredBytes: number;
  /** In memory now, with what is around them. */
  readonly heldBytes: number;
  /** On their way, with room kept for them. */
  readonly inFlightBytes: number;
}

/** Counters of a filesystem. */
export interface Stats {
  readonly mounts: readonly MountStats[];
}

/** One error a mount met, with the time it met it. */
export interface ErrorRecord {
  readonly atMs: number;
  readonly error: FsError;
}

/** How one mount is doing: 'failing' when the last call that needed the origin failed. */
export interface MountHealth {
  readonly path: string;
  readonly backend: string;
  readonly state: 'ok' | 'failing';
  /** Since when what is known is served because the origin cannot be reached, in milliseconds since the epoch; left out where answers come from the origin. */
  readonly servingStaleSinceMs?: number;
  /** The newest errors, at most 16, oldest first. */
  readonly errors: readonly ErrorRecord[];
}

/** How a filesystem is doing. */
export interface Health {
  readonly ok: boolean;
  readonly mounts: readonly MountHealth[];
}
