import { type Clock, type ErrorCode, type ErrorRecord, errorAt, type FsError } from '@mountkit/core';

const keptErrors = 16;

// Answers, not trouble: what was asked for is not there, is something else, or the caller gave up. A stale pin is told by whoever could not recover from it.
const answers: ReadonlySet<ErrorCode> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EROFS',
  'ECANCELED',
  'ELOOP',
  'EBADF',
  'ESTALE',
]);

/** Whether an error says something about the health of a mount. */
export function isTrouble(error: FsError): boolean {
  // A backend has no other wrong argument than one of its options, such as a branch that does not exist; but for readlink, which is asked what is no link.
  if (error.code === 'EINVAL') return error.op !== 'readlink';
  return !answers.has(error.code);
}

/** The errors one mount met. Their paths are those inside the mount. */
export interface ErrorLog {
  readonly count: number;
  readonly state: 'ok' | 'failing';
  /** Notes an error at `path`. */
  note(error: FsError, path: string): void;
  /** A call that needed the origin went well. */
  ok(): void;
  /** The newest errors, oldest first, with `place` applied to their paths. */
  records(place: (path: string) => string): readonly ErrorRecord[];
}

/** An empty {@link ErrorLog}. */
export function createErrorLog(clock: Clock): ErrorLog {
  let kept: ErrorRecord[] = [];
  let count = 0;
  let state: 'ok' | 'failing' = 'ok';
  return {
    get count(): number {
      return count;
    },
    get state(): 'ok' | 'failing' {
      return state;
    },
    note(error, path): void {
      count += 1;
      state = 'failing';
      kept = [...kept.slice(1 - keptErrors), { atMs: clock.now(), error: errorAt(error, path) }];
    },
    ok(): void {
      state = 'ok';
    },
    records: (place) => kept.map(({ atMs, error }) => ({ atMs, error: errorAt(error, place(error.path ?? '/')) })),
  };
}
