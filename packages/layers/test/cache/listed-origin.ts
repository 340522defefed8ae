import type { ReadAnswer } from '@mountkit/core';
import { compose, type ComposeOptions } from '../../src/index.ts';
import { isStream } from '../../src/stream.ts';
import { createVirtualClock, type VirtualClock } from '../virtual-clock.ts';
import { type LatencyBackend, latencyBackend } from './latency-backend.ts';

/** A composed backend over a 20 ms origin whose root is listed already. */
export interface ListedOrigin {
  readonly clock: VirtualClock;
  readonly origin: LatencyBackend;
  readonly backend: ReturnType<typeof compose>['backend'];
  readonly controls: ReturnType<typeof compose>['controls'];
  /** Lets time pass until `pending` is settled. */
  readonly settle: <T>(pending: T | PromiseLike<T>) => Promise<T>;
}

/** A {@link ListedOrigin} of files by path. */
export async function listedOrigin(
  files: Readonly<Record<string, Uint8Array>>,
  options: ComposeOptions = {},
  capabilities: Parameters<typeof latencyBackend>[3] = {},
): Promise<ListedOrigin> {
  const clock = createVirtualClock();
  const origin = latencyBackend(files, clock, 20, capabilities);
  const { backend, controls } = compose(origin, { clock, retry: { attempts: 1 }, ...options });
  const settle = async <T>(pending: T | PromiseLike<T>): Promise<T> => {
    const state = { over: false };
    const watched = Promise.resolve(pending).finally(() => (state.over = true));
    watched.catch(() => undefined);
    for (let turns = 0; !state.over && turns < 10_000; turns += 1) await clock.advance(5);
    return watched;
  };
  await settle(backend.list('/', {}, {}));
  origin.calls.length = 0;
  return { clock, origin, backend, controls, settle };
}

/** All bytes of an answer. */
export async function bytesOf(answer: unknown): Promise<Buffer> {
  const { body } = (await answer) as ReadAnswer;
  const pieces: Uint8Array[] = [];
  if (isStream(body)) for await (const piece of body) pieces.push(piece);
  else pieces.push(...body);
  return Buffer.concat(pieces);
}
