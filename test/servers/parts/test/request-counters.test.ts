import { describe, expect, it } from 'vitest';
import { countBy, createRequestCounters } from '../src/index.ts';

const record = (status: number, bytesSent: number): { status: number; bytesSent: number } => ({ status, bytesSent });

describe('request counters', () => {
  it('sum over the records as they are when asked', () => {
    const counters = createRequestCounters<{ status: number; bytesSent: number }>();
    const first = record(0, 0);
    counters.begin(first);
    counters.begin(record(404, 5));
    expect(counters.totals()).toMatchObject({ requests: 2, byStatus: { 0: 1, 404: 1 }, bytesSent: 5 });
    first.status = 404;
    first.bytesSent = 10;
    expect(counters.totals()).toMatchObject({ requests: 2, byStatus: { 404: 2 }, bytesSent: 15 });
    expect(counters.requests[0]).toBe(first);
  });

  it('keep the most requests in flight, and forget it at a reset but for those that still are', () => {
    const counters = createRequestCounters();
    for (let count = 0; count < 3; count += 1) counters.begin(record(200, 0));
    counters.end();
    counters.end();
    expect(counters.totals()).toMatchObject({ inFlight: 1, peakConcurrency: 3 });
    counters.reset();
    expect(counters.totals()).toMatchObject({ requests: 0, byStatus: {}, inFlight: 1, peakConcurrency: 1 });
    counters.end();
    expect([counters.inFlight(), counters.totals().peakConcurrency]).toEqual([0, 1]);
  });

  it('number connections from the start, and count them from the last reset', () => {
    const counters = createRequestCounters();
    expect([counters.connected(), counters.connected()]).toEqual([1, 2]);
    counters.disconnected();
    expect(counters.totals()).toMatchObject({ connectionsOpened: 2, connectionsOpen: 1 });
    counters.reset();
    expect(counters.connected()).toBe(3);
    expect(counters.totals()).toMatchObject({ connectionsOpened: 1, connectionsOpen: 2 });
  });
});

describe('countBy', () => {
  it('counts each name that occurs', () => {
    const requests = [{ route: 'tree' }, { route: 'blob' }, { route: 'tree' }];
    expect(countBy(requests, ({ route }) => route)).toEqual({ tree: 2, blob: 1 });
  });
});
