import {
  type CallContext,
  chain,
  endedBy,
  type FsBackend,
  isNotModified,
  isThenable,
  type MaybePromise,
  onAbort,
  type ReadAnswer,
  type ReadManyAnswer,
} from '@mountkit/core';
import { type Call, type Layer, layerOver } from './layer.ts';
import { createPermits, type Permit } from './permits.ts';
import { isStream, tapStream } from './stream.ts';

/** How many verbs may run at once. */
export interface LimitOptions {
  readonly concurrency: number;
  /** Fires when the mount closes: what waits for its turn ends. */
  readonly closing?: AbortSignal;
}

/**
 * Lets so many verbs run at once, over all revisions of a mount; the others wait in a queue, demanded ones before speculative ones. A streamed body holds the permit
 * of its read until it was drained or returned, or the signal of its call has fired. `watch` takes no permit: it lives as long as its reader.
 */
export function withLimit(options: LimitOptions): Layer {
  return createLimit(options).layer;
}

/** {@link withLimit}, and how a call that waits gets to the front. */
export interface Limit {
  readonly layer: Layer;
  /** Somebody waits by now for the call with this signal, which was begun with a lower priority. Its later attempts are demanded as well. */
  promote(signal: AbortSignal): void;
}

/** A {@link Limit}. */
export function createLimit({ concurrency, closing }: LimitOptions): Limit {
  const permits = createPermits(concurrency);
  if (closing !== undefined) onAbort(closing, () => permits.refuseWaiting(endedBy(closing, 'wait')));

  function held<T>(permit: Permit, attempt: () => MaybePromise<T>, settle: (value: T) => T): MaybePromise<T> {
    let value: MaybePromise<T>;
    try {
      value = attempt();
      if (!isThenable(value)) return settle(value);
    } catch (error) {
      permit.release();
      throw error;
    }
    return value.then(settle, (error: unknown) => {
      permit.release();
      throw error;
    });
  }

  /** What waits further down waits as what it is by now. */
  function sentWith(context: CallContext): CallContext {
    return permits.isPromoted(context.signal) ? { ...context, priority: 'demand' } : context;
  }

  function around<T>(call: Call, attempt: (context: CallContext) => MaybePromise<T>): MaybePromise<T> {
    return chain(permits.take(call.op, call.path, call.context), (permit) =>
      held(
        permit,
        () => attempt(sentWith(call.context)),
        (value) => {
          permit.release();
          return value;
        },
      ),
    );
  }

  function overBackend(inner: FsBackend): FsBackend {
    return layerOver(
      inner,
      {
        around,
        read: (path, request, context) =>
          chain(permits.take('read', path, context), (permit) =>
            held(
              permit,
              () => inner.read(path, request, sentWith(context)),
              (answer) => {
                if (!isNotModified(answer) && isStream(answer.body)) return holdPermit(answer, permit, context.signal);
                permit.release();
                return answer;
              },
            ),
          ),
        readMany(wanted, context) {
          let permit: Permit | undefined;
          async function* permitted(): AsyncIterable<ReadManyAnswer> {
            permit = await permits.take('readMany', '/', context);
            yield* inner.readMany?.(wanted, context) ?? [];
          }
          return tapStream(permitted(), { end: () => permit?.release() });
        },
      },
      overBackend,
    );
  }
  return { layer: overBackend, promote: permits.promote };
}

function holdPermit(answer: ReadAnswer, permit: Permit, signal: AbortSignal | undefined): ReadAnswer {
  if (!isStream(answer.body)) return answer;
  // A reader that gave up may never touch the body again.
  const stop = signal === undefined ? undefined : onAbort(signal, permit.release);
  const end = (): void => {
    stop?.();
    permit.release();
  };
  return { ...answer, body: tapStream(answer.body, { end }) };
}
