import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';

/** A resolver of a test's own. */
export interface RebindingLookup {
  /** In the form of `dns.lookup` that sockets take as their `lookup` option. */
  readonly lookup: LookupFunction;
  /** Names asked for, in order. */
  readonly asked: readonly string[];
}

/**
 * A resolver that answers the first question with the first address, the second with the second, and so on; the last
 * one stays. It is what a DNS rebinding attack looks like from inside.
 *
 * @param answers - Addresses, at least one.
 */
export function rebindingLookup(...answers: readonly [string, ...string[]]): RebindingLookup {
  const asked: string[] = [];
  return {
    asked,
    lookup(hostname, options, callback) {
      const address = answers[Math.min(asked.length, answers.length - 1)] ?? answers[0];
      asked.push(hostname);
      const family = isIP(address);
      process.nextTick(() => {
        if (options.all === true) callback(null, [{ address, family }]);
        else callback(null, address, family);
      });
    },
  };
}
