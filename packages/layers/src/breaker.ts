import { chain, type Clock, type FsBackend, FsError, isFsError, type MaybePromise, recover } from '@mountkit/core';
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

/**
 * Leaves an origin alone that is out, over all revisions of a mount: after some failures in a row a call is refused at once with EIO, reason 'unavailable', and the
 * time of the next probe in `retryAtMs`. After that time one call goes through as a probe; when it is answered, whatever the answer, all do again.
 */
export function withBreaker(options: BreakerOptions): Layer {
  const { clock, failures = 5, openMs = 1000, mostOpenMs = 30_000 } = options;
  let inARow = 0;
  let openedMs = openMs;
  // While it is open: when the next probe may go.
  let probeAtMs: number | undefined;
  let probing = false;

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

  function failed(error: unknown, isProbe: boolean): never {
    if (isProbe) probing = false;
    if (isOutage(error)) {
      inARow += 1;
      if (isProbe || (inARow >= failures && probeAtMs === undefined)) {
        probeAtMs = clock.now() + openedMs;
        openedMs = Math.min(mostOpenMs, openedMs * 2);
      }
    } else if (!isCanceled(error)) answered();
    throw error;
  }

  function answered(): void {
    inARow = 0;
    openedMs = openMs;
    probeAtMs = undefined;
  }

  function around<T>(call: Call, attempt: () => MaybePromise<T>): MaybePromise<T> {
    let isProbe = false;
    if (probeAtMs !== undefined) {
      if (probing || clock.now() < probeAtMs) return refuse(call);
      probing = true;
      isProbe = true;
    }
    return recover(
      () =>
        chain(attempt(), (value) => {
          if (isProbe) probing = false;
          answered();
          return value;
        }),
      (error) => failed(error, isProbe),
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
