import { canceled, type Clock, type FsBackend, type MountControls, systemClock, type Timeouts } from '@mountkit/core';
import { type CacheLayer, type CacheOptions, createCache } from './cache/cache.ts';
import { type BreakerOptions, withBreaker } from './breaker.ts';
import { createLimit } from './limit.ts';
import { withRetry } from './retry.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';
import type { RetryPlanOptions } from './retry-plan.ts';
import { withTimeout } from './timeout.ts';
import { createTrafficMeter, type TrafficMeter } from './traffic.ts';
import { withVerify } from './verify.ts';

/** How the layers over one backend are set. */
export interface ComposeOptions {
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** A number in [0, 1), for the waits between attempts. @default Math.random */
  readonly random?: () => number;
  /** @default firstByteMs 30,000, idleMs 15,000; the time to connect is the backend's own business */
  readonly timeouts?: Partial<Pick<Timeouts, 'firstByteMs' | 'idleMs'>>;
  /** Verbs at once. @default 16 */
  readonly concurrency?: number;
  /** @default 4 attempts, see {@link RetryPlanOptions} */
  readonly retry?: RetryPlanOptions & { readonly budget?: RetryBudgetOptions };
  /** When an origin that is out is left alone; false: never. */
  readonly breaker?: Omit<BreakerOptions, 'clock'> | false;
  /** false leaves the cache out: every call goes to the origin. */
  readonly cache?: CacheOptions | false;
  /** Where hits and misses are counted; its `onRequest` belongs into the context the backend was made with. @default one of its own */
  readonly traffic?: TrafficMeter;
}

/** A backend under its layers, and the control verbs that go past them. */
export interface Composition {
  readonly backend: FsBackend;
  readonly controls: MountControls;
}

/**
 * Puts the layers over a backend, in the one order there is: cache, breaker, retry, limit, timeout, verify, backend. Closing the result ends every call under way with
 * ECANCELED and closes the backend.
 *
 * @throws {@link FsError} EINVAL when the backend lacks a verb it declares.
 */
export function compose(backend: FsBackend, options: ComposeOptions = {}): Composition {
  const { clock = systemClock, random = Math.random, concurrency = 16, cache } = options;
  const { capabilities } = backend;
  const traffic = options.traffic ?? createTrafficMeter();
  const closing = new AbortController();
  const limit = createLimit({ concurrency, closing: closing.signal });
  const cacheLayer =
    cache === false
      ? undefined
      : createCache({
          ...cache,
          clock,
          counters: traffic,
          connections: concurrency,
          readsMany: capabilities.readMany && capabilities.versions === 'content',
          promote: limit.promote,
        });

  const { firstByteMs = 30_000, idleMs = 15_000 } = options.timeouts ?? {};
  const timeout = withTimeout({ clock, firstByteMs, idleMs, closing: closing.signal });
  const retry = withRetry({ ...options.retry, clock, random, closing: closing.signal });
  const breaker = options.breaker === false ? undefined : withBreaker({ ...options.breaker, clock });
  const retried = retry(limit.layer(timeout(withVerify(backend))));
  const uncached = breaker === undefined ? retried : breaker(retried);
  const layered = cacheLayer === undefined ? uncached : cacheLayer.layer(uncached);

  return {
    backend: {
      ...layered,
      close: () => {
        closing.abort(canceled('close'));
        return layered.close?.();
      },
    },
    controls: controlsOf(traffic, cacheLayer),
  };
}

function controlsOf(traffic: TrafficMeter, cache: CacheLayer | undefined): MountControls {
  if (cache === undefined) return { traffic: traffic.read };
  const { counters, ...controls } = cache.controls;
  return { ...controls, traffic: () => ({ ...traffic.read(), ...counters() }) };
}
