import { type CallContext, endedBy, type FsError, onAbort, type Priority } from '@mountkit/core';

/** One who waits in a {@link WaitingLine}. Granted or refused, it has left the line. */
interface Waiter<T, About> {
  readonly about: About;
  grant(value: T): void;
  refuse(error: FsError): void;
}

/** Calls that wait for their turn: the more urgent first, else in the order they came. */
export interface WaitingLine<T, About> {
  readonly length: number;
  /** Whose turn is next. */
  readonly first: Waiter<T, About> | undefined;
  /** Everybody, in the order of their turns. */
  all(): readonly Waiter<T, About>[];
  /**
   * Waits at the end of those who are as urgent.
   * @param onGone called when the signal of the call has ended its wait.
   * @throws {@link FsError} ECANCELED when that signal fires, and what it is refused with.
   */
  wait(about: About, context: CallContext, where: Where, onGone?: () => void): Promise<T>;
  /** Puts the call with this signal among the demanded ones, if it waits, and also when it waits again. */
  promote(signal: AbortSignal): void;
  /** Whether the call with this signal was promoted, waiting or not. */
  isPromoted(signal: AbortSignal | undefined): boolean;
}

interface Where {
  readonly op: string;
  readonly path?: string;
}

const order: readonly Priority[] = ['demand', 'ahead', 'hint'];

/** A line nobody waits in. */
export function createWaitingLine<T, About>(): WaitingLine<T, About> {
  type Placed = Waiter<T, About> & { readonly signal: AbortSignal | undefined };
  const places: Readonly<Record<Priority, Set<Placed>>> = { demand: new Set(), ahead: new Set(), hint: new Set() };
  const promoted = new WeakSet<AbortSignal>();
  const isPromoted = (signal: AbortSignal | undefined): boolean => signal !== undefined && promoted.has(signal);

  return {
    get length() {
      return places.demand.size + places.ahead.size + places.hint.size;
    },
    get first() {
      for (const priority of order) for (const waiter of places[priority]) return waiter;
      return undefined;
    },
    all: () => order.flatMap((priority) => Array.from(places[priority])),
    wait(about, { signal, priority = 'demand' }, { op, path }, onGone) {
      return new Promise<T>((resolve, reject) => {
        let stop = (): void => undefined;
        const leave = (): void => {
          for (const each of order) places[each].delete(waiter);
          stop();
        };
        const waiter: Placed = {
          about,
          signal,
          grant(value) {
            leave();
            resolve(value);
          },
          refuse(error) {
            leave();
            reject(error);
          },
        };
        places[isPromoted(signal) ? 'demand' : priority].add(waiter);
        if (signal === undefined) return;
        stop = onAbort(signal, () => {
          waiter.refuse(endedBy(signal, op, path));
          onGone?.();
        });
      });
    },
    isPromoted,
    promote(signal) {
      promoted.add(signal);
      for (const priority of order) {
        if (priority === 'demand') continue;
        for (const waiter of places[priority]) {
          if (waiter.signal !== signal) continue;
          places[priority].delete(waiter);
          places.demand.add(waiter);
        }
      }
    },
  };
}
