import { abortable, type Bytes, type Clock } from '@mountkit/core';

/** One bulk fetch under way. */
export interface BulkFlight {
  /** Whether a blob is expected of it and has not come yet. */
  expects(oid: string): boolean;
  /** The blobs that have not come yet. */
  readonly missing: ReadonlySet<string>;
  /** A blob has come, and is the one of that name. */
  landed(oid: string, content: Bytes): void;
  /** Something came: whoever waits may go on waiting. */
  heard(): void;
  /**
   * The bytes of a blob when they come; undefined when they will not, or when nothing at all has come for so long that it is better to ask by oneself.
   * @throws {@link FsError} ECANCELED for the caller whose signal fires.
   */
  wait(oid: string, signal: AbortSignal | undefined): Promise<Bytes | undefined>;
  /** Over: what has not come will not. */
  end(): void;
}

/** After so long without a byte nobody waits any more; the fetch goes on. */
const patienceMs = 1000;

/** A flight for `oids`. Of its clock no timer stays after its end. */
export function createBulkFlight(oids: Iterable<string>, clock: Clock): BulkFlight {
  const missing = new Set(oids);
  const waiters = new Map<string, Set<(bytes: Bytes | undefined) => void>>();
  const over = new AbortController();
  let heardMs = clock.now();
  let silent = false;

  function tell(oid: string, bytes: Bytes | undefined): void {
    const told = waiters.get(oid) ?? [];
    waiters.delete(oid);
    for (const resolve of told) resolve(bytes);
  }

  async function watch(): Promise<void> {
    do {
      await clock.sleep(Math.max(1, heardMs + patienceMs - clock.now()), over.signal);
    } while (clock.now() - heardMs < patienceMs);
    silent = true;
    for (const oid of waiters.keys()) tell(oid, undefined);
  }

  function startWatch(): void {
    // It ends by the signal, which is no error.
    watch().catch(() => undefined);
  }

  startWatch();
  return {
    expects: (oid) => missing.has(oid),
    missing,
    landed(oid, content) {
      missing.delete(oid);
      tell(oid, content);
    },
    heard() {
      heardMs = clock.now();
      if (!silent || over.signal.aborted) return;
      silent = false;
      startWatch();
    },
    async wait(oid, signal) {
      if (silent || !missing.has(oid)) return undefined;
      let stop = (): void => undefined;
      const come = new Promise<Bytes | undefined>((resolve) => {
        const waiting = waiters.get(oid) ?? new Set();
        waiters.set(oid, waiting.add(resolve));
        stop = () => waiting.delete(resolve);
      });
      try {
        return await abortable(come, signal, 'read');
      } finally {
        stop();
      }
    },
    end() {
      over.abort();
      missing.clear();
      for (const oid of waiters.keys()) tell(oid, undefined);
    },
  };
}
