import { type CallContext, FsError, onAbort, throwIfAborted } from '@mountkit/core';
import type { InFlight, Lifetime } from './lifetime.ts';

/** What every call takes. */
export interface SignalOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Refuses what `node:fs` takes for options and we do not, as a mode or an encoding: passed over in silence, a file opened with 'w' would be opened for reading.
 * @throws {@link FsError} EINVAL.
 */
export function checkOptions(options: unknown, op: string, path: string): void {
  if (options === undefined || typeof options === 'object') return;
  const detail = `options are an object, as in { write: true }, and not ${typeof options === 'string' ? 'text' : `a ${typeof options}`}`;
  throw new FsError('EINVAL', { op, path, detail });
}

/**
 * One call of a user on its way through resolver, mounts and backends. Its signal fires when the caller's does, or when anything ends that the call has entered: the
 * filesystem, the mount point, the mount.
 */
export class Call implements InFlight {
  readonly op: string;
  /** As the caller wrote it. */
  readonly path: string;
  /** The directory of the namespace that the caller calls '/'. */
  readonly prefix: string;
  readonly #caller: AbortSignal | undefined;
  readonly #entered: Lifetime[] = [];
  #controller: AbortController | undefined;
  #context: CallContext | undefined;
  #unfollow: (() => void) | undefined;
  #reason: { readonly value: unknown } | undefined;

  /** @throws {@link FsError} ECANCELED when the caller's signal has fired before; EINVAL for options that are no object. */
  constructor(op: string, path: string, options: SignalOptions | undefined, prefix = '/') {
    checkOptions(options, op, path);
    const caller = options?.signal;
    throwIfAborted(caller, op, path);
    this.op = op;
    this.path = path;
    this.prefix = prefix;
    this.#caller = caller;
  }

  /** Made when somebody asks for it: a hit that is answered from memory needs none. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason.value);
      else if (this.#caller !== undefined) this.#unfollow = onAbort(this.#caller, this.#onCaller);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  /** What a backend is handed. */
  get context(): CallContext {
    this.#context ??= contextOf(this);
    return this.#context;
  }

  /** Runs inside `lifetime` from now on. */
  enter(lifetime: Lifetime): void {
    if (this.#entered.includes(lifetime)) return;
    this.#entered.push(lifetime);
    lifetime.enter(this);
  }

  abort(reason: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = { value: reason };
    this.#controller?.abort(reason);
  }

  /** Leaves everything it entered. No listener stays behind. */
  end(): void {
    this.#unfollow?.();
    for (const lifetime of this.#entered) lifetime.leave(this);
    this.#entered.length = 0;
  }

  readonly #onCaller = (): void => this.abort(this.#caller?.reason);
}

// A property of its own, so that it goes along where the context is copied; read only by those who have to wait.
function contextOf(call: Call): CallContext {
  return {
    get signal(): AbortSignal {
      return call.signal;
    },
  };
}
