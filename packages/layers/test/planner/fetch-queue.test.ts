import { describe, expect, it } from 'vitest';
import { fetchQueue, type QueuedBytes, type Urgency } from '../../src/planner/fetch-queue.ts';
import { type FileState, fileState } from '../../src/planner/file-state.ts';

function bytes(state: FileState, start: number, end: number, urgency: Urgency, demandBytes: number = 0): QueuedBytes {
  return { kind: 'bytes', state, range: { start, end }, demandBytes, urgency, reason: 'read', account: 'speculative' };
}

function drained(queue: ReturnType<typeof fetchQueue>): [number, number, Urgency][] {
  const taken: [number, number, Urgency][] = [];
  for (let entry = queue.take(() => true); entry !== undefined; entry = queue.take(() => true)) {
    if (entry.kind === 'bytes') taken.push([entry.range.start, entry.range.end, entry.urgency]);
  }
  return taken;
}

describe('the queue of fetches', () => {
  it('gives the most urgent first, else the oldest', () => {
    const state = fileState('/f', 100, { memoryBytes: 100, amplification: 3 });
    const queue = fetchQueue();
    queue.push(bytes(state, 0, 1, 'perhaps'));
    queue.push(bytes(state, 1, 2, 'next'));
    queue.push(bytes(state, 2, 3, 'waited-for', 1));
    queue.push(bytes(state, 3, 4, 'next'));
    expect(drained(queue).map(([start]) => start)).toEqual([2, 1, 3, 0]);
    expect(state.queued.bytes).toBe(0);
  });

  it('holds back everything behind the first that is not accepted', () => {
    const state = fileState('/f', 100, { memoryBytes: 100, amplification: 3 });
    const queue = fetchQueue();
    queue.push(bytes(state, 0, 1, 'next'));
    queue.push(bytes(state, 1, 2, 'walk'));
    expect(queue.take((entry) => entry.urgency === 'walk')).toBeUndefined();
  });

  it('cuts bytes out, and what nobody waits for in the rest is urgent no more', () => {
    const state = fileState('/f', 100, { memoryBytes: 100, amplification: 3 });
    const queue = fetchQueue();
    queue.push(bytes(state, 0, 100, 'waited-for', 20));
    expect(queue.cut(state, { start: 30, end: 40 })).toMatchObject([{ range: { start: 30, end: 40 }, demandBytes: 0 }]);
    expect(queue.waitedFor(state)).toEqual([{ start: 0, end: 20 }]);
    expect(drained(queue)).toEqual([
      [0, 30, 'waited-for'],
      [40, 100, 'next'],
    ]);
  });

  it('moves up what is touched', () => {
    const state = fileState('/f', 100, { memoryBytes: 100, amplification: 3 });
    const queue = fetchQueue();
    queue.push(bytes(state, 0, 10, 'perhaps'));
    queue.push(bytes(state, 10, 20, 'perhaps'));
    queue.raise(state, { start: 15, end: 16 }, 'next');
    expect(drained(queue)).toEqual([
      [10, 20, 'next'],
      [0, 10, 'perhaps'],
    ]);
  });
});
