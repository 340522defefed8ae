import { effectOf } from './effects/effect.ts';
import type { FaultEffect } from './exchange.ts';
import type { Fault, FaultScope } from './fault.ts';

/** The faults of a server, by path. */
export interface FaultScript {
  /** Adds a fault to a path ('*' is every path); several on one path apply in this order. */
  add(path: string, fault: Fault, scope: FaultScope): void;
  /** Removes the faults of one path, or all. */
  clear(path?: string): void;
  /** The effects that a request meets, each with its turn; counts the request. */
  meet(
    path: string,
    method: string,
    ranged: boolean,
  ): readonly { readonly effect: FaultEffect; readonly turn: number }[];
}

interface Line {
  readonly path: string;
  readonly effect: FaultEffect;
  readonly scope: FaultScope;
  met: number;
}

/** A script without faults. */
export function createFaultScript(): FaultScript {
  let lines: Line[] = [];
  return {
    add(path, fault, scope) {
      lines.push({ path, effect: effectOf(fault), scope, met: 0 });
    },
    clear(path) {
      lines = path === undefined ? [] : lines.filter((line) => line.path !== path);
    },
    meet(path, method, ranged) {
      const effects: { readonly effect: FaultEffect; readonly turn: number }[] = [];
      for (const line of lines) {
        const { methods, ranged: wantsRanged, skip = 0, times = Number.POSITIVE_INFINITY } = line.scope;
        if (line.path !== '*' && line.path !== path) continue;
        if (methods !== undefined && !methods.includes(method)) continue;
        if (wantsRanged !== undefined && wantsRanged !== ranged) continue;
        const turn = line.met - skip;
        line.met += 1;
        if (turn >= 0 && turn < times) effects.push({ effect: line.effect, turn });
      }
      return effects;
    },
  };
}
