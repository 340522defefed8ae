import { type Bytes, type MaybePromise, onAbort, endedBy, type CallContext, type Range } from '@mountkit/core';
import { cutPages, pagesOfRange } from './page-grid.ts';

/** A read whose bytes are not all here yet. It keeps what it needs, so that pages may be evicted while it waits. */
export interface WaitingRead {
  /** What the planner calls it. */
  readonly number: number;
  readonly range: Range;
  readonly context: CallContext;
  /** Whether it still waits for a page in `pages`. */
  lacks(pages: Range): boolean;
  /** @returns whether that was the last page it waited for. */
  supply(index: number, bytes: Bytes): boolean;
  readonly isComplete: boolean;
  fail(error: unknown): void;
  /** The bytes come in another way. */
  redirect(ask: () => MaybePromise<Bytes>): void;
  /** What came of it: at once where that is known already. `onLeave` is called when its caller gives up. */
  answer(onLeave: () => void): MaybePromise<Bytes>;
}

type Outcome = { readonly bytes: MaybePromise<Bytes> } | { readonly error: unknown };

/** A read of `range` in a file of `size` bytes that already has the pages that `held` gives. */
export function createWaitingRead(
  number: number,
  range: Range,
  size: number,
  context: CallContext,
  path: string,
  held: (index: number) => Bytes | undefined,
): WaitingRead {
  const { first, end } = pagesOfRange(range);
  const found: (Bytes | undefined)[] = [];
  let lacking = 0;
  for (let index = first; index < end; index += 1) {
    const bytes = held(index);
    if (bytes === undefined) lacking += 1;
    found.push(bytes);
  }
  let outcome: Outcome | undefined;
  let onOutcome = (): void => undefined;

  function settle(reached: Outcome): void {
    if (outcome !== undefined) return;
    outcome = reached;
    found.length = 0;
    onOutcome();
  }

  function complete(): void {
    const pages = found.map((bytes, at) => ({ index: first + at, bytes: bytes ?? [] }));
    settle({ bytes: cutPages(pages, size, range) });
  }

  if (lacking === 0) complete();
  return {
    number,
    range,
    context,
    lacks(pages) {
      if (outcome !== undefined) return false;
      const { first: from, end: to } = pagesOfRange(pages);
      for (let index = Math.max(first, from); index < Math.min(end, to); index += 1) {
        if (found[index - first] === undefined) return true;
      }
      return false;
    },
    supply(index, bytes) {
      if (outcome !== undefined || index < first || index >= end || found[index - first] !== undefined) return false;
      found[index - first] = bytes;
      lacking -= 1;
      if (lacking > 0) return false;
      complete();
      return true;
    },
    get isComplete() {
      return outcome !== undefined;
    },
    fail: (error) => settle({ error }),
    redirect(ask) {
      try {
        settle({ bytes: ask() });
      } catch (error) {
        settle({ error });
      }
    },
    answer(onLeave) {
      if (outcome !== undefined) return told(outcome);
      const { signal } = context;
      return new Promise((resolve, reject) => {
        const stop =
          signal === undefined
            ? (): void => undefined
            : onAbort(signal, () => {
                if (outcome !== undefined) return;
                outcome = { error: endedBy(signal, 'read', path) };
                onLeave();
                reject(outcome.error);
              });
        onOutcome = () => {
          stop();
          if (outcome === undefined) return;
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.bytes);
        };
      });
    },
  };
}

function told(outcome: Outcome): MaybePromise<Bytes> {
  if ('error' in outcome) throw outcome.error;
  return outcome.bytes;
}
