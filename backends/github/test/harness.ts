import {
  type BackendContext,
  createSecret,
  type FsBackend,
  FsError,
  type Gate,
  type GateLimits,
  type QuotaReport,
  type RequestEvent,
} from '@mountkit/core';
import { createGitHubBackend, type GitHubOptions } from '../src/index.ts';

/** A gate that keeps to pauses only, by the context's clock. */
interface TestGate extends Gate {
  readonly key: { readonly origin: string; readonly credential?: string };
  readonly limits: GateLimits;
  readonly quotas: readonly QuotaReport[];
  readonly taken: number;
  readonly held: number;
  readonly peak: number;
}

/** A context with a clock that only moves when something sleeps on it. */
export interface TestContext extends BackendContext {
  readonly events: readonly RequestEvent[];
  readonly gates: ReadonlyMap<string, TestGate>;
  nowMs: number;
  readonly sleeps: readonly number[];
  readonly closing: AbortController;
}

/** @param time what the clock stands at, shared where a server lives by it too. */
export function testContext(
  timeouts: Partial<BackendContext['timeouts']> = {},
  time: { nowMs: number } = { nowMs: Date.parse('2026-01-01T00:00:00Z') },
): TestContext {
  const events: RequestEvent[] = [];
  const gates = new Map<string, TestGate>();
  const sleeps: number[] = [];
  const closing = new AbortController();
  const context: TestContext = {
    events,
    gates,
    sleeps,
    closing,
    get nowMs(): number {
      return time.nowMs;
    },
    set nowMs(ms: number) {
      time.nowMs = ms;
    },
    clock: {
      now: () => time.nowMs,
      async sleep(ms) {
        sleeps.push(ms);
        time.nowMs += ms;
      },
    },
    gate(key, limits) {
      const name = JSON.stringify(key);
      const known = gates.get(name) ?? createTestGate(key, limits, context);
      gates.set(name, known);
      return known;
    },
    onRequest: (event) => void events.push(event),
    random: () => 0.5,
    secret: createSecret,
    timeouts: { connectMs: 2000, firstByteMs: 5000, idleMs: 5000, ...timeouts },
    signal: closing.signal,
  };
  return context;
}

function createTestGate(key: TestGate['key'], limits: GateLimits, context: TestContext): TestGate {
  let pausedUntilMs = 0;
  const quotas: QuotaReport[] = [];
  let held = 0;
  let peak = 0;
  let taken = 0;
  return {
    key,
    limits,
    quotas,
    get held() {
      return held;
    },
    get peak() {
      return peak;
    },
    get taken() {
      return taken;
    },
    async take() {
      const waitMs = pausedUntilMs - context.nowMs;
      if (waitMs > limits.maxWaitMs) {
        throw new FsError('EIO', {
          op: 'wait',
          reason: 'throttled',
          retryAtMs: pausedUntilMs,
          retry: { afterMs: waitMs },
        });
      }
      if (waitMs > 0) await context.clock.sleep(waitMs);
      taken += 1;
      held += 1;
      peak = Math.max(peak, held);
      return {
        release() {
          held -= 1;
        },
      };
    },
    report: (quota) => void quotas.push(quota),
    pauseUntil(timeMs) {
      pausedUntilMs = Math.max(pausedUntilMs, timeMs);
    },
  };
}

/** A backend with its context; `close` it. */
export function open(
  options: GitHubOptions,
  context: TestContext = testContext(),
): { backend: FsBackend; context: TestContext } {
  return { backend: createGitHubBackend(options, context), context };
}

/** The bytes of a file. */
export async function readAll(backend: FsBackend, path: string, signal?: AbortSignal): Promise<Buffer> {
  const answer = await backend.read(path, {}, signal === undefined ? {} : { signal });
  if ('notModified' in answer) throw new Error('nothing was conditional');
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a call rejects or throws with. */
export async function failure(call: () => unknown): Promise<FsError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof FsError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
