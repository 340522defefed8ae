import { isThenable, type MaybePromise, type Version } from '@mountkit/core';

/** Whether two answers with this version are of the same bytes. */
export function isLasting(version: Version | undefined): version is Version {
  return (
    version !== undefined && (version.strength === 'content' || version.strength === 'strong') && version.racy !== true
  );
}

/** Whether the versions of an origin last, which where listings tell none only its answers tell. */
export interface VersionsTold {
  /** An answer came. */
  tell(version: Version | undefined): void;
  /** A first answer is on its way: who wants to know waits for it. */
  expect(answer: MaybePromise<unknown>): void;
  /** As the last answer told, or the first one will; false where none is on its way. */
  readonly areLasting: MaybePromise<boolean>;
}

/** Nothing told yet. */
export function createVersionsTold(): VersionsTold {
  let told: boolean | undefined;
  let first: PromiseLike<void> | undefined;
  return {
    tell(version) {
      told = isLasting(version);
    },
    expect(answer) {
      if (told !== undefined || first !== undefined || !isThenable(answer)) return;
      const over = (): void => {
        first = undefined;
      };
      first = answer.then(over, over);
    },
    get areLasting() {
      return told ?? first?.then(() => told === true) ?? false;
    },
  };
}
