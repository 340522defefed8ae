import {
  abortable,
  chain,
  type Clock,
  type FsBackend,
  FsError,
  isFsError,
  type MaybePromise,
  recover,
} from '@mountkit/core';
import { isOutage } from './cache/outage.ts';
import { type Call, type Layer, layerOver } from './layer.ts';

/** When an origin that is out is left alone. */
export interface BreakerOptions {
  readonly clock: Clock;
  /** Calls in a row that found the origin unavailable, or silent for too long, before it is left alone. @default 5 */
  readonly failures?: number;
  /** For how long at first, in milliseconds; it doubles with each probe that fails. @default 1,000 */
  readonly openMs?: number;
  /** And at most. @default 30,000 */
  readonly mostOpenMs?: number;
}

/** A call that finds out whether the origin is there again. */
interface Probe {
  readonly found: Promise<void>;
  over(): void;
}

// How long others wait for what a probe finds: it may wait itself, for an origin that is silent.
const patienceMs = 1000;

/**
 * Leaves an origin alone that is out, over all revisions of a mount: after some failures in a row a call is refused at once with EIO, reason 'unavailable', and the
 * time of the next probe in `retryAtMs`. After that time one call goes through as a probe, and those that come meanwhile wait for what it finds, for a second at most;
 * when it is answered, whatever the answer, all go through again.
 */
export function withBreaker(options: BreakerOptions): Layer {
  const { clock, failures = 5, openMs = 1000, mostOpenMs = 30_000 } = options;
  let inARow = 0;
  let openedMs = openMs;
  // While it is open: when the next probe may go.
  let probeAtMs: number | undefined;
  let probing: Probe | undefined;

  function refuse({ op, path }: Call): never {
    throw new FsError('EIO', {
      op,
      path,
      reason: 'unavailable',
      retry: 'exhausted',
      retryAtMs: probeAtMs ?? clock.now(),
      detail: 'the origin is out and was not asked',
    });
  }

  function failed(error: unknown, probe: Probe | undefined): never {
    if (isOutage(error)) {
      inARow += 1;
      if (probe !== undefined || (inARow >= failures && probeAtMs === undefined)) {
        probeAtMs = clock.now() + openedMs;
        openedMs = Math.min(mostOpenMs, openedMs * 2);
      }
    } else if (!isCanceled(error)) answered();
    probed(probe);
    throw error;
  }

  function probed(probe: Probe | undefined): void {
    if (probe === undefined) return;
    probing = undefined;
    probe.over();
  }

  function answered(): void {
    inARow = 0;
    openedMs = openMs;
    probeAtMs = undefined;
  }

  function begin(): Probe {
    let over = (): void => undefined;
    const found = new Promise<void>((resolve) => (over = resolve));
    return { found, over };
  }

  async function patience({ op, path, context }: Call, probe: Probe): Promise<void> {
    const timer = new AbortController();
    const enough = clock.sleep(patienceMs, timer.signal).catch(() => undefined);
    try {
      await abortable(Promise.race([probe.found, enough]), context.signal, op, path);
    } finally {
      timer.abort();
    }
  }

  function around<T>(call: Call, attempt: () => MaybePromise<T>): MaybePromise<T> {
    let probe: Probe | undefined;
    if (probeAtMs !== undefined) {
      if (clock.now() < probeAtMs) return refuse(call);
      const other = probing;
      if (other !== undefined) {
        return chain(patience(call, other), () => (probing === other ? refuse(call) : around(call, attempt)));
      }
      probing = probe = begin();
    }
    return recover(
      () =>
        chain(attempt(), (value) => {
          answered();
          probed(probe);
          return value;
        }),
      (error) => failed(error, probe),
    );
  }

  function overBackend(inner: FsBackend): FsBackend {
    return layerOver(inner, { around: (call, attempt) => around(call, () => attempt(call.context)) }, overBackend);
  }
  return overBackend;
}

function isCanceled(error: unknown): boolean {
  return isFsError(error) && error.code === 'ECANCELED';
}
