import { FsError, type MaybePromise, recover } from '@mountkit/core';

/** A call that has not ended. */
export interface InFlight {
  abort(reason: unknown): void;
}

/** Something that stays open between calls: a file, a directory, a watch, a snapshot. */
export interface Held {
  /** Lets go because what it stands on ends. */
  end(): void;
}

/** How long something lives that calls run in and open files stand on: what is in flight, and what to do when nothing is any more. */
export class Lifetime {
  readonly #calls = new Set<InFlight>();
  readonly #held = new Set<Held>();
  #ended = false;
  #whenIdle: (() => void)[] = [];

  /** Whether {@link end} was called: new calls are refused. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether nothing is in flight and nothing is held open. */
  get idle(): boolean {
    return this.#calls.size === 0 && this.#held.size === 0;
  }

  /** @throws {@link FsError} EBADF after {@link end}. */
  check(op: string, path?: string): void {
    if (this.#ended) throw new FsError('EBADF', { op, ...(path !== undefined && { path }) });
  }

  enter(call: InFlight): void {
    this.#calls.add(call);
  }

  leave(call: InFlight): void {
    this.#calls.delete(call);
    this.#settle();
  }

  hold(held: Held): void {
    this.#held.add(held);
  }

  drop(held: Held): void {
    this.#held.delete(held);
    this.#settle();
  }

  /** Calls back once when nothing is in flight and nothing is held: now, if that is so already. */
  onIdle(callback: () => void): void {
    this.#whenIdle.push(callback);
    this.#settle();
  }

  /** Ends everything that is in flight or held, and goes on taking new calls. */
  cancel(reason: unknown): void {
    for (const call of this.#calls) call.abort(reason);
    for (const held of this.#held) held.end();
    this.#held.clear();
    this.#settle();
  }

  /** Refuses new calls, then {@link cancel}s. Idempotent. */
  end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.cancel(reason);
  }

  #settle(): void {
    if (!this.idle || this.#whenIdle.length === 0) return;
    const callbacks = this.#whenIdle;
    this.#whenIdle = [];
    for (const callback of callbacks) callback();
  }
}

/** Closes something whose end nobody waits for: an error of it has nobody to go to. */
export function letGo(close: () => MaybePromise<unknown>): void {
  void recover(close, () => undefined);
}
