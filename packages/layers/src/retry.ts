import {
  type CallContext,
  chain,
  type Clock,
  endedBy,
  type FsBackend,
  isNotModified,
  linkSignals,
  type MaybePromise,
  recover,
  run,
  throwIfAborted,
  wait,
} from '@mountkit/core';
import { type Call, type Layer, layerOver } from './layer.ts';
import { resumeBody } from './resume.ts';
import { createRetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { createRetryPlan, type RetryPlanOptions } from './retry-plan.ts';
import { isStream } from './stream.ts';

/** How failed calls are made again. */
export interface RetryOptions extends RetryPlanOptions {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly budget?: RetryBudgetOptions;
  /** Fires when the mount closes: waits between attempts end. */
  readonly closing?: AbortSignal;
}

/** What reads and their bodies need to be made again. */
export interface Retrying {
  /** Waits before the next attempt. @throws {@link FsError} the final error, or ECANCELED. */
  pause(caught: unknown, attempts: number, call: Call): MaybePromise<void>;
  succeed(): void;
}

/**
 * Makes failed calls again, by `FsError.retry` only: 'safe' after a random wait that grows, `{afterMs}` after what the origin asked for. A budget bounds the
 * retries of a mount over all its revisions. A streamed body that breaks goes on from the byte it has reached, in the same version, or fails. An error that retries
 * were spent on says `retry: 'exhausted'`.
 */
export function withRetry(options: RetryOptions): Layer {
  const { clock, random, closing } = options;
  const budget = createRetryBudget(clock, options.budget);
  const plan = createRetryPlan(random, budget, options);

  const retrying: Retrying = {
    succeed: budget.succeed,
    pause: (caught, attempts, call) => sleep(plan.waitMs(caught, attempts, call), call),
  };

  async function sleep(ms: number, { op, path, context }: Call): Promise<void> {
    throwIfAborted(context.signal, op, path);
    const link = linkSignals(context.signal, closing);
    try {
      await clock.sleep(ms, link.signal);
    } catch (error) {
      throw link.signal.aborted ? endedBy(link.signal, op, path) : error;
    } finally {
      link.unlink();
    }
  }

  function around<T>(call: Call, attempt: (context: CallContext) => MaybePromise<T>): MaybePromise<T> {
    const first = recover(
      () => attempt(call.context),
      (caught) => again(caught),
    );
    return chain(first, (value) => {
      budget.succeed();
      return value;
    });

    function again(caught: unknown): MaybePromise<T> {
      return run(function* () {
        let error = caught;
        for (let attempts = 1; ; attempts += 1) {
          yield* wait(retrying.pause(error, attempts, call));
          try {
            return yield* wait(attempt(call.context));
          } catch (next) {
            error = next;
          }
        }
      });
    }
  }

  function overBackend(inner: FsBackend): FsBackend {
    return layerOver(
      inner,
      {
        around,
        read(path, request, context) {
          const call: Call = { op: 'read', path, context };
          return chain(
            around(call, (each) => inner.read(path, request, each)),
            (answer) => {
              if (isNotModified(answer) || !isStream(answer.body)) return answer;
              return { ...answer, body: resumeBody(inner, answer.body, { call, request, answer, retrying }) };
            },
          );
        },
      },
      overBackend,
    );
  }
  return overBackend;
}
