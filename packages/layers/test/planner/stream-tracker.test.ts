import { describe, expect, it } from 'vitest';
import { isSteady, type StreamRead, type StreamTracker, streamTracker } from '../../src/planner/stream-tracker.ts';

const kib = 1024;
const mib = 1024 * kib;

function read(tracker: StreamTracker, start: number, length: number): StreamRead {
  return tracker.read({ start, end: start + length });
}

describe('the streams of a file', () => {
  it('keeps readers apart that take turns', () => {
    const tracker = streamTracker();
    for (let turn = 0; turn < 4; turn += 1) {
      for (const start of [0, 100 * mib, 200 * mib]) read(tracker, start + turn * 128 * kib, 128 * kib);
    }
    expect(tracker.streams.map((each) => each.runBytes)).toEqual([512 * kib, 512 * kib, 512 * kib]);
  });

  it('takes a read up to 1 MiB ahead for the same stream, and counts what was skipped', () => {
    const tracker = streamTracker();
    read(tracker, 0, 10);
    const { stream, started } = read(tracker, mib, 10);
    expect(started).toBe(false);
    expect(stream).toMatchObject({ runBytes: 20, skippedBytes: mib - 10, reads: 2 });
    expect(read(tracker, 3 * mib, 10).started).toBe(true);
  });

  it('takes a read before the start of a stream for another place', () => {
    const tracker = streamTracker();
    read(tracker, 128 * kib, 64 * kib);
    expect(read(tracker, 64 * kib, 64 * kib).started).toBe(true);
  });

  it('does not count bytes again that are read again', () => {
    const tracker = streamTracker();
    read(tracker, 0, 100);
    expect(read(tracker, 50, 100).stream.runBytes).toBe(150);
  });

  it('lets the stream go that was left out longest when there are more than four', () => {
    const tracker = streamTracker();
    for (const place of [1, 2, 3, 4]) read(tracker, place * 100 * mib, 10);
    read(tracker, 100 * mib + 10, 10);
    expect(read(tracker, 900 * mib, 10).ended?.start).toBe(200 * mib);
  });

  it('learns how long runs are from those that have ended', () => {
    const tracker = streamTracker();
    for (const place of [1, 2, 3]) {
      expect(tracker.learned).toBeUndefined();
      for (let turn = 0; turn < 20; turn += 1) read(tracker, place * 100 * mib + turn * 1000, 1000);
    }
    expect(tracker.learned).toEqual({ shortestBytes: 20_000, longestBytes: 20_000 });
  });
});

describe('a steady stream', () => {
  it('is one whose reads follow each other, longer than a probe of the header', () => {
    const tracker = streamTracker();
    expect(isSteady(read(tracker, 0, 4 * kib).stream)).toBe(false);
    expect(isSteady(read(tracker, 4 * kib, 4 * kib).stream)).toBe(false);
    expect(isSteady(read(tracker, 8 * kib, 64 * kib).stream)).toBe(true);
  });

  it('is one that begins at the head with more than a page', () => {
    expect(isSteady(read(streamTracker(), 0, 128 * kib).stream)).toBe(true);
    expect(isSteady(read(streamTracker(), 0, 64 * kib).stream)).toBe(false);
    expect(isSteady(read(streamTracker(), mib, 128 * kib).stream)).toBe(false);
  });

  it('needs a third read where it skips', () => {
    const tracker = streamTracker();
    read(tracker, 0, 100 * kib);
    expect(isSteady(read(tracker, 200 * kib, 100 * kib).stream)).toBe(false);
    expect(isSteady(read(tracker, 400 * kib, 100 * kib).stream)).toBe(true);
  });
});
