import { type Clock, type ErrorCode, isFsError } from '@mountkit/core';
import type { Bench, FreshOptions } from './bench.ts';
import type { NamedFault } from './fault-proxy/faults.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy/proxy.ts';
import { noFaults } from './findings.ts';
import { type Operation, operationsOf } from './operations.ts';
import { describeError } from './probe.ts';
import type { View } from './view.ts';

/** What is tried, and what may come of it. */
export interface Trial {
  readonly faults: readonly NamedFault[];
  /** The codes of an error that tells of it, beside EIO and ETIMEDOUT. */
  readonly codes?: readonly ErrorCode[];
  /** Only right answers will do. */
  readonly mustSucceed?: boolean;
  /** @default every request, and each one alone */
  readonly requests?: 'first' | 'all';
  /** @default all of {@link operationsOf} */
  readonly operations?: (bench: Bench) => readonly Operation[];
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  /** What is wrong beside the answer, from what the proxy has seen and what was thrown. */
  readonly inspect?: (seen: { readonly proxy: FaultProxy; readonly error: unknown }) => string | undefined;
}

// A path that waits for one question has few requests; one that makes more is spoiled at these.
const mostPositions = 4;
const mostRecoveries = 5;
const always: readonly ErrorCode[] = ['EIO', 'ETIMEDOUT'];

/** Runs `use` with a proxy before the fixture's origin. */
export async function withProxy<T>(bench: Bench, use: (proxy: FaultProxy) => Promise<T>): Promise<T> {
  const { http } = bench.fixture;
  if (http === undefined) throw new Error("the fixture offers no 'http'");
  const proxy = await startFaultProxy(http.url);
  try {
    return await use(proxy);
  } finally {
    await proxy.close();
  }
}

/** How a view over the proxy is opened. */
export function throughProxy(bench: Bench, proxy: FaultProxy): Pick<FreshOptions, 'create'> {
  const { http } = bench.fixture;
  return http === undefined ? {} : { create: (context) => http.create(proxy.url, context) };
}

/**
 * Spoils the answers to each operation, on a backend of its own each time: all of them, then one after the other. What comes has to be right or an error that tells of
 * it, and the backend has to work again when the trouble is over.
 *
 * @returns 'does not apply' where no answer was of a kind that the faults fit.
 * @throws AssertionError that lists what is wrong.
 */
export function tryFaults(bench: Bench, trial: Trial): Promise<'does not apply' | undefined> {
  return withProxy(bench, async (proxy) => {
    const found: string[] = [];
    let hits = 0;
    for (const operation of (trial.operations ?? operationsOf)(bench)) {
      const usual = trial.requests === 'all' ? 0 : await requestsOf(bench, proxy, operation);
      for (const fault of trial.faults) {
        const { requests } = trial;
        const positions = requests === 'first' ? Math.min(1, usual) : Math.min(mostPositions, usual);
        const single = Array.from({ length: positions }, (_, index) => ({ from: index + 1, times: 1 }));
        for (const where of requests === 'first' ? single : [{ from: 1, times: Infinity }, ...single]) {
          const result = await attempt(bench, proxy, operation, fault, where, trial);
          hits += result.hits;
          if (result.problem !== undefined) {
            const which = where.times === 1 && usual > 1 ? ` (request ${where.from} of ${usual})` : '';
            found.push(`where ${fault.name}${which}, ${operation.name}: ${result.problem}`);
          }
        }
      }
    }
    noFaults([...new Set(found)]);
    return hits === 0 ? 'does not apply' : undefined;
  });
}

/** How many requests an operation makes that nothing disturbs. */
function requestsOf(bench: Bench, proxy: FaultProxy, operation: Operation): Promise<number> {
  return bench.once(`requests of ${operation.name}`, () =>
    bench.fresh(
      async (view) => {
        proxy.inject(undefined);
        const problem = await operation.run(view).catch(describeError);
        if (problem !== undefined)
          throw new Error(`through a proxy that changes nothing, ${operation.name}: ${problem}`);
        return proxy.requests.length;
      },
      throughProxy(bench, proxy),
    ),
  );
}

function attempt(
  bench: Bench,
  proxy: FaultProxy,
  operation: Operation,
  fault: NamedFault,
  where: { readonly from: number; readonly times: number },
  trial: Trial,
): Promise<{ readonly hits: number; readonly problem?: string }> {
  const { timeoutMs, clock } = trial;
  const options = {
    ...throughProxy(bench, proxy),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(clock !== undefined && { clock }),
  };
  return bench.fresh(async (view) => {
    proxy.inject(fault.of(operation.file.bytes), where);
    let error: unknown;
    let problem: string | undefined;
    try {
      problem = await operation.run(view);
    } catch (thrown) {
      error = thrown;
      problem = problemOf(thrown, trial);
    }
    problem ??= trial.inspect?.({ proxy, error });
    const { hits } = proxy;
    proxy.inject(undefined);
    if (problem !== undefined || hits === 0) return { hits, ...(problem !== undefined && { problem }) };
    const after = await recovered(operation, view);
    return after === undefined
      ? { hits }
      : { hits, problem: `when the trouble is over, the same backend fails: ${after}` };
  }, options);
}

/** What is wrong with the answer after the trouble. Where little time was given, a slow machine may need another attempt. */
async function recovered(operation: Operation, view: View): Promise<string | undefined> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await operation.run(view);
    } catch (error) {
      if (attempts === mostRecoveries || !isFsError(error) || error.code !== 'ETIMEDOUT') return describeError(error);
    }
  }
}

function problemOf(error: unknown, { codes = [], mustSucceed = false }: Trial): string | undefined {
  if (!isFsError(error)) return `it ends with ${describeError(error)}, which is no FsError`;
  if (mustSucceed) return `it fails with ${describeError(error)}; it can be answered`;
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return `it is taken for absence: ${error.code}`;
  const allowed = [...always, ...codes];
  if (!allowed.includes(error.code)) return `it ends with ${error.code}, which tells something else`;
  return error.code === 'EIO' && error.reason === undefined ? 'the EIO gives no reason' : undefined;
}
