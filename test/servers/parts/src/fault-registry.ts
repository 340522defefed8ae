import type { FaultHandle, FaultRule, MatchedRequest, RequestMatch } from './fault.ts';

/** The faults that are injected now, oldest first. */
export interface FaultRegistry<Spec, Request> {
  /** Injects a fault, behind those there are. */
  add(spec: Spec): FaultHandle;
  /** The oldest fault that meets this request, used once by asking. Younger ones don't count it. */
  take(request: Request): Spec | undefined;
  /** Every fault that meets this request, each used once by asking. */
  takeAll(request: Request): readonly Spec[];
  /** Removes every fault. */
  clear(): void;
}

interface ActiveFault<Spec> {
  readonly spec: Spec;
  /** Matching requests so far, those let pass included. */
  seen: number;
  hits: number;
}

/**
 * Starts without faults.
 *
 * @param meets whether the fields fit that `Match` has beyond those of {@link RequestMatch}
 */
export function createFaultRegistry<
  Spec extends FaultRule<Match, Request>,
  Match extends RequestMatch,
  Request extends MatchedRequest,
>(meets: (match: Match, request: Request) => boolean): FaultRegistry<Spec, Request> {
  const active = new Set<ActiveFault<Spec>>();

  const isPredicate = (match: Match | ((request: Request) => boolean)): match is (request: Request) => boolean =>
    typeof match === 'function';
  const matches = ({ match }: FaultRule<Match, Request>, request: Request): boolean => {
    if (match === undefined) return true;
    if (isPredicate(match)) return match(request);
    return fits(match.method, request.method) && pathFits(match.path, request.path) && meets(match, request);
  };
  const taken = function* (request: Request): Generator<Spec, void> {
    for (const fault of active) {
      const { spec } = fault;
      if (!matches(spec, request)) continue;
      fault.seen += 1;
      if (fault.seen <= (spec.after ?? 0)) continue;
      fault.hits += 1;
      if (fault.hits >= (spec.times ?? Infinity)) active.delete(fault);
      yield spec;
    }
  };

  return {
    add(spec) {
      const fault: ActiveFault<Spec> = { spec, seen: 0, hits: 0 };
      active.add(fault);
      return {
        get hits() {
          return fault.hits;
        },
        remove: () => void active.delete(fault),
      };
    },
    take(request) {
      for (const spec of taken(request)) return spec;
      return undefined;
    },
    takeAll: (request) => Array.from(taken(request)),
    clear: () => active.clear(),
  };
}

/** Whether a value is the wanted one, or one of those; where none is wanted, any is. */
export function fits<Value extends string>(wanted: Value | readonly Value[] | undefined, value: Value): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? wanted === value : wanted.includes(value);
}

function pathFits(wanted: string | RegExp | undefined, path: string): boolean {
  if (wanted === undefined) return true;
  // Not `test`: an expression with the g flag would go on where it last stopped.
  return typeof wanted === 'string' ? path.includes(wanted) : path.search(wanted) !== -1;
}
