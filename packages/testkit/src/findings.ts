import assert from 'node:assert/strict';
import { differenceOf } from './difference.ts';

const most = 12;

/** Faults found in one pass over many facts, filed under the case that tells of each. */
export interface Findings {
  add(id: string, fault: string): void;
  /** @throws an AssertionError that lists every fault of a case. */
  none(id: string): void;
}

/** No fault yet. */
export function createFindings(): Findings {
  const found = new Map<string, string[]>();
  return {
    add(id, fault): void {
      const faults = found.get(id);
      if (faults === undefined) found.set(id, [fault]);
      else faults.push(fault);
    },
    none: (id) => noFaults(found.get(id) ?? []),
  };
}

/** @throws an AssertionError that says how they differ, where they do. */
export function sameBytes(got: Uint8Array, wanted: Uint8Array): void {
  const difference = differenceOf(got, wanted);
  assert.ok(difference === undefined, `other bytes come: ${difference}`);
}

/** @throws an AssertionError that lists the faults, where there are any. */
export function noFaults(faults: readonly string[]): void {
  const more = faults.length > most ? [`and ${faults.length - most} more`] : [];
  assert.ok(faults.length === 0, [...faults.slice(0, most), ...more].join('\n'));
}
