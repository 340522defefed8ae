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
  /** Calls that ended in an error other than ENOENT, ENOTDIR, EISDIR, EROFS and the caller's own doing. */
  readonly errors: number;
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
  /** The newest errors, at most 16, oldest first. */
  readonly errors: readonly ErrorRecord[];
}

/** How a filesystem is doing. */
export interface Health {
  readonly ok: boolean;
  readonly mounts: readonly MountHealth[];
}
