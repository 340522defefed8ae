import { type RangeSet, rangeSet } from '@mountkit/layers/planner';
import type { Pattern } from './pattern.ts';
import type { Setting } from './setting.ts';

/** What a pattern uses, and the time its simulated time is divided by. */
export interface Limit {
  readonly ms: number;
  /** Bytes read, each counted once; listings included. */
  readonly bytesUsed: number;
}

/** Bytes a listing takes on the wire, per name. */
export const bytesPerName = 100;

/** What no schedule can beat, or what it costs without speculation, as the pattern says. */
export function limitOf(pattern: Pattern, setting: Setting): Limit {
  const read = new Map<string, RangeSet>();
  const listed = new Set<string>();
  const rateOfOne = Math.min(setting.bytesPerSecond, setting.bytesPerSecondOfOne) / 1000;
  let bytesUsed = 0;
  let serialMs = setting.connectRtts * setting.rttMs;
  const spend = (bytes: number): void => {
    bytesUsed += bytes;
    if (bytes > 0) serialMs += setting.rttMs + bytes / rateOfOne;
  };
  for (const operation of pattern.operations) {
    if (operation.kind === 'list' && !listed.has(operation.directory)) {
      listed.add(operation.directory);
      spend(bytesPerName * (pattern.tree.directories.get(operation.directory)?.length ?? 0));
    } else if (operation.kind === 'read') {
      const set = read.get(operation.file) ?? rangeSet();
      read.set(operation.file, set);
      const before = set.bytes;
      set.add({ start: operation.offset, end: operation.offset + operation.length });
      spend(set.bytes - before);
    }
  }
  if (pattern.limit === 'without speculation') return { ms: serialMs, bytesUsed };
  const rate = Math.min(setting.bytesPerSecond, setting.connections * setting.bytesPerSecondOfOne) / 1000;
  const rounds = Math.ceil((read.size + listed.size) / setting.connections);
  const ms = setting.connectRtts * setting.rttMs + Math.max(setting.rttMs + bytesUsed / rate, rounds * setting.rttMs);
  return { ms, bytesUsed };
}
