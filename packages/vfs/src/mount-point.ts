import { canceled, chain, type MaybePromise } from '@mountkit/core';
import type { Call } from './call.ts';
import { Lifetime } from './lifetime.ts';
import type { MountedSource } from './source.ts';

/** The mount point a call was on its way to has gone and is drained already: the call looks again. */
export class Detached extends Error {}

/** What a mount point is made of. */
export interface MountPointFields {
  /** Canonical, in the namespace. */
  readonly path: string;
  readonly source: MountedSource;
  /** Shows a part of its source only, so no symlink found here may lead out of it. */
  readonly confined: boolean;
  readonly readOnly: boolean;
  readonly firstGeneration: number;
  /** Called once when it has let go of its source. */
  onFinish(): void;
}

/** A source attached at a path, with the calls and open files that run in it. */
export class MountPoint {
  readonly path: string;
  readonly source: MountedSource;
  readonly confined: boolean;
  readonly readOnly: boolean;
  readonly lifetime: Lifetime = new Lifetime();
  readonly #offset: number;
  readonly #onFinish: () => void;
  #finished: { readonly done: MaybePromise<void> } | undefined;

  constructor({ path, source, confined, readOnly, firstGeneration, onFinish }: MountPointFields) {
    this.path = path;
    this.source = source;
    this.confined = confined;
    this.readOnly = readOnly;
    this.#offset = firstGeneration - source.generation;
    this.#onFinish = onFinish;
  }

  /** Counts on over replacements at this path and over the source's own states. */
  get generation(): number {
    return this.#offset + this.source.generation;
  }

  /** Makes a call end with this mount point, and keeps the mount point until the call has ended. */
  enter(call: Call): void {
    if (this.#finished !== undefined) throw new Detached();
    call.enter(this.lifetime);
    if (this.source.lifetime === undefined) return;
    this.source.lifetime.check(call.op, call.path);
    call.enter(this.source.lifetime);
  }

  /** Lets go of the source as soon as nothing runs in it any more. With `force` what runs is ended. The result is there when that is done. */
  drain(force: boolean): MaybePromise<void> {
    if (force) this.lifetime.cancel(canceled('unmount', this.path));
    if (this.lifetime.idle) return void this.finish();
    return new Promise<void>((resolve) => {
      this.lifetime.onIdle(() => {
        void this.finish();
        resolve();
      });
    });
  }

  /** Ends what runs in it and lets go of the source, once. */
  finish(): MaybePromise<void> {
    if (this.#finished === undefined) {
      // Set first: what is ended below may call back into this.
      this.#finished = { done: undefined };
      this.lifetime.cancel(canceled('close', this.path));
      this.#onFinish();
      this.#finished = { done: chain(this.source.release(), () => undefined) };
    }
    return this.#finished.done;
  }
}
