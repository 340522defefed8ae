/** A value, or a promise of it. What is known already is handed over as a plain value: see {@link run}. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Whether `value` has to be awaited. */
export function isThenable<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** What a step of {@link run} hands to the driver: something to wait for. Made by {@link wait} only. */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/**
 * Waits for `value` inside a generator driven by {@link run}: `const entry = yield* wait(backend.stat(path))`.
 * A plain value passes without leaving the current call stack.
 */
export function* wait<T>(value: MaybePromise<T>): Steps<T> {
  return isThenable(value) ? ((yield value) as T) : value;
}

/**
 * The sync-or-async driver: runs `body` to its end on the caller's stack as long as everything it waits for is a plain value, and goes on asynchronously from
 * the first promise. So one text serves a cached hit (a plain value comes back) and a miss (a promise comes back).
 *
 * @throws what `body` throws before its first promise; after it the returned promise rejects.
 */
export function run<T>(body: () => Steps<T>): MaybePromise<T> {
  const steps = body();
  const first = steps.next();
  return first.done === true ? first.value : drive(steps, first.value);
}

async function drive<T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> {
  let step: IteratorResult<PromiseLike<unknown>, T> = { done: false, value: first };
  while (step.done !== true) step = await resume(steps, step.value);
  return step.value;
}

function resume<T>(
  steps: Steps<T>,
  pending: PromiseLike<unknown>,
): PromiseLike<IteratorResult<PromiseLike<unknown>, T>> {
  return pending.then(
    (value) => steps.next(value),
    (error: unknown) => steps.throw(error),
  );
}

/** `then` for a value that may be plain: `next` is called at once with a plain value, later with a promised one. */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isThenable(value) ? value.then(next) : next(value);
}

/** Calls `attempt` and turns both a thrown error and a rejection over to `recover`. */
export function recover<T>(
  attempt: () => MaybePromise<T>,
  recover: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  let value: MaybePromise<T>;
  try {
    value = attempt();
  } catch (error) {
    return recover(error);
  }
  return isThenable(value) ? value.then(undefined, recover) : value;
}
