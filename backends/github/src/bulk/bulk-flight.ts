import { abortable, type Bytes, type Clock, FsError } from '@mountkit/core';

/** One bulk fetch under way. */
export interface BulkFlight {
  /** Whether a blob is expected of it and has not come yet. */
  expects(oid: string): boolean;
  /** The blobs that have not come yet. */
  readonly missing: ReadonlySet<string>;
  /** A blob has come, and is the one of that name. */
  landed(oid: string, content: Bytes): void;
  /** So many bytes came; none given: a whole answer. Once it is enough of them, whoever waits may go on waiting. */
  heard(bytes?: number): void;
  /** Fires when so little has come for so long that the fetch is not worth its connection. */
  readonly signal: AbortSignal;
  /**
   * The bytes of a blob when they come; undefined when they will not, or when so little has come, or this blob has not for so long, that it is better to ask by oneself.
   * @throws {@link FsError} ECANCELED for the caller whose signal fires.
   */
  wait(oid: string, signal: AbortSignal | undefined): Promise<Bytes | undefined>;
  /** Over: what has not come will not. */
  end(): void;
}

/** After so long without anything to speak of nobody waits any more; the fetch goes on. */
const patienceMs = 1000;
/** An answer that drips is as good as silence: each byte of it would keep those waiting who could have asked long since. */
const leastProgressBytes = 16 * 1024;

/** How long a bulk fetch is believed in, in milliseconds. */
export interface BulkPatience {
  /** For how long one blob is waited for, whatever else comes. */
  readonly blobMs: number;
  /** After so long in which next to nothing came the fetch is given up. */
  readonly giveUpMs: number;
}

interface Wait {
  readonly untilMs: number;
  end(bytes: Bytes | undefined): void;
}

/** A flight for `oids`. It has three timers at most, however many wait, and none after its end. */
export function createBulkFlight(oids: Iterable<string>, clock: Clock, { blobMs, giveUpMs }: BulkPatience): BulkFlight {
  const missing = new Set(oids);
  const waits = new Map<string, Set<Wait>>();
  // In the order of their ends, as all last equally long.
  const byEnd = new Set<Wait>();
  const over = new AbortController();
  const givenUp = new AbortController();
  let heardMs = clock.now();
  let heardBytes = 0;
  let silent = false;
  let watchesEnds = false;

  function tell(oid: string, bytes: Bytes | undefined): void {
    for (const wait of waits.get(oid) ?? []) wait.end(bytes);
  }

  function begin(oid: string): { readonly come: Promise<Bytes | undefined>; stop(): void } {
    let stop = (): void => undefined;
    const come = new Promise<Bytes | undefined>((resolve) => {
      const wait: Wait = {
        untilMs: clock.now() + blobMs,
        end(bytes) {
          byEnd.delete(wait);
          const others = waits.get(oid);
          others?.delete(wait);
          if (others?.size === 0) waits.delete(oid);
          resolve(bytes);
        },
      };
      waits.set(oid, (waits.get(oid) ?? new Set()).add(wait));
      byEnd.add(wait);
      stop = () => wait.end(undefined);
    });
    if (!watchesEnds) endLate().catch(() => undefined);
    return { come, stop };
  }

  async function endLate(): Promise<void> {
    watchesEnds = true;
    for (let [first] = byEnd; first !== undefined; [first] = byEnd) {
      await clock.sleep(Math.max(1, first.untilMs - clock.now()), over.signal);
      const nowMs = clock.now();
      for (const wait of byEnd) {
        if (wait.untilMs > nowMs) break;
        wait.end(undefined);
      }
    }
    watchesEnds = false;
  }

  async function silenceOf(ms: number, then: () => void): Promise<void> {
    do {
      await clock.sleep(Math.max(1, heardMs + ms - clock.now()), over.signal);
    } while (clock.now() - heardMs < ms);
    then();
  }

  function watch(ms: number, then: () => void): void {
    // It ends by the signal, which is no error.
    silenceOf(ms, then).catch(() => undefined);
  }

  function losePatience(): void {
    silent = true;
    for (const oid of waits.keys()) tell(oid, undefined);
  }

  watch(patienceMs, losePatience);
  watch(giveUpMs, () => givenUp.abort(new FsError('ETIMEDOUT', { op: 'read', reason: 'timeout' })));
  return {
    expects: (oid) => missing.has(oid),
    missing,
    landed(oid, content) {
      missing.delete(oid);
      tell(oid, content);
    },
    heard(bytes = leastProgressBytes) {
      heardBytes += bytes;
      if (heardBytes < leastProgressBytes) return;
      heardBytes = 0;
      heardMs = clock.now();
      if (!silent || over.signal.aborted) return;
      silent = false;
      watch(patienceMs, losePatience);
    },
    signal: givenUp.signal,
    async wait(oid, signal) {
      if (silent || !missing.has(oid)) return undefined;
      const { come, stop } = begin(oid);
      try {
        return await abortable(come, signal, 'read');
      } finally {
        stop();
      }
    },
    end() {
      over.abort();
      missing.clear();
      for (const oid of waits.keys()) tell(oid, undefined);
    },
  };
}
