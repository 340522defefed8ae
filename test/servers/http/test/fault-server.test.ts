import type { LookupAddress } from 'node:dns';
import { Agent } from 'node:http';
import { rebindingLookup, startFaultServer } from '@mountkit/test-http-server';
import { describe, expect, test } from 'vitest';
import { createPace, type PaceClock } from '../src/fault/pace.ts';
import { eventually } from './eventually.ts';
import { rawRequest } from './raw-request.ts';

describe('the journal', () => {
  test('records method, target, headers, range, status and bytes of every request', async () => {
    await using server = await startFaultServer({ files: { 'a b': 'content' } });
    await rawRequest(`${server.urlOf('a b')}?q=1`, { headers: { range: 'bytes=1-3', 'X-Extra': 'yes' } });
    expect(server.requests[0]).toMatchObject({
      origin: 'main',
      method: 'GET',
      target: '/a%20b?q=1',
      path: 'a b',
      range: 'bytes=1-3',
      headers: { 'x-extra': 'yes' },
      status: 206,
      bytesSent: 3,
      end: 'complete',
    });
  });

  test('finds requests by path and method', async () => {
    await using server = await startFaultServer({ files: { a: 'a', b: 'b' } });
    await rawRequest(server.urlOf('a'), { method: 'HEAD' });
    await rawRequest(server.urlOf('a'));
    await rawRequest(server.urlOf('b'));
    await rawRequest(`${server.otherUrl}a`);
    expect([
      server.requestsTo('a').length,
      server.requestsTo('a', 'HEAD').length,
      server.requestsTo('c').length,
    ]).toEqual([2, 1, 0]);
  });

  test('counts connections and their peak, and requests in flight', async () => {
    await using server = await startFaultServer({ files: { a: 'a' } });
    server.fault('a', { kind: 'hold', afterBytes: -1 }, { times: 3 });
    const agent = new Agent({ keepAlive: true, maxSockets: 3 });
    const three = [1, 2, 3].map(async () => rawRequest(server.urlOf('a'), { agent }));
    await server.waitForHeld(3);
    expect(server.counters()).toMatchObject({ connections: 3, peakConnections: 3, peakRequests: 3 });
    server.release();
    await Promise.all(three);
    await rawRequest(server.urlOf('a'), { agent });
    expect(server.counters()).toMatchObject({ requests: 4, bytesSent: 4, connectionsOpened: 3, peakRequests: 3 });
    expect(new Set(server.requests.map(({ connection }) => connection)).size).toBe(3);
    agent.destroy();
  });

  test('forgets when told to, but keeps counting open connections', async () => {
    await using server = await startFaultServer({ files: { a: 'a' } });
    const agent = new Agent({ keepAlive: true });
    await rawRequest(server.urlOf('a'), { agent });
    server.resetCounters();
    expect(server.requests).toEqual([]);
    expect(server.counters()).toEqual({
      requests: 0,
      bytesSent: 0,
      connectionsOpened: 0,
      connections: 1,
      peakConnections: 1,
      peakRequests: 0,
    });
    agent.destroy();
  });
});

describe('going down', () => {
  test('refuses connections while down and comes up on the same port', async () => {
    await using server = await startFaultServer({ files: { a: 'a' } });
    await server.down();
    await expect(rawRequest(server.urlOf('a'))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.up();
    expect((await rawRequest(server.urlOf('a'))).body.toString()).toBe('a');
  });

  test('breaks answers in flight and leaves the second origin alone', async () => {
    await using server = await startFaultServer({ files: { a: 'a' } });
    server.fault('a', { kind: 'hold', afterBytes: 0 });
    const broken = rawRequest(server.urlOf('a'));
    await server.waitForHeld(1);
    await server.down();
    expect((await broken).error).toBe('ECONNRESET');
    expect((await rawRequest(`${server.otherUrl}a`)).status).toBe(200);
    expect(server.requests[0]?.end).toBe('left');
  });

  test('dropConnections breaks connections and goes on listening', async () => {
    await using server = await startFaultServer({ files: { a: 'a' } });
    server.fault('a', { kind: 'hold', afterBytes: 0 }, { times: 1 });
    const broken = rawRequest(server.urlOf('a'));
    await server.waitForHeld(1);
    server.dropConnections();
    expect((await broken).error).toBe('ECONNRESET');
    expect((await rawRequest(server.urlOf('a'))).status).toBe(200);
  });

  test('stops with clients connected and answers silent, twice if asked', async () => {
    const server = await startFaultServer({ files: { a: 'a' } });
    server.fault('a', { kind: 'silent', afterBytes: 0 });
    const broken = rawRequest(server.urlOf('a'));
    await eventually(() => server.requests[0]?.status).toBe(200);
    await server.stop();
    await server.stop();
    expect((await broken).error).toBe('ECONNRESET');
  });
});

describe('shaping', () => {
  const virtualClock = (): PaceClock & { readonly slept: number[] } => {
    let nowMs = 0;
    const slept: number[] = [];
    return {
      slept,
      now: () => nowMs,
      sleep: async (ms) => {
        slept.push(ms);
        nowMs += ms;
      },
    };
  };
  const { signal } = new AbortController();

  test('latency is one wait an answer', async () => {
    const clock = virtualClock();
    const pace = createPace({ latencyMs: 40 }, clock);
    await pace.latency(signal);
    pace.shape({});
    await pace.latency(signal);
    expect(clock.slept).toEqual([40]);
  });

  test('bandwidth is shared: the second transfer waits for the first', async () => {
    const clock = virtualClock();
    const waits: number[] = [];
    const pace = createPace({ bytesPerSecond: 1_000 }, { now: () => 0, sleep: async (ms) => void waits.push(ms) });
    await Promise.all([pace.transfer(500, signal), pace.transfer(250, signal)]);
    expect(waits).toEqual([500, 750]);
    const alone = createPace({ bytesPerSecond: 1_000 }, clock);
    await alone.transfer(500, signal);
    await alone.transfer(250, signal);
    expect(clock.slept).toEqual([500, 250]);
  });

  test('a shaped server answers the same bytes', async () => {
    await using server = await startFaultServer({ files: { a: 'content' }, latencyMs: 2, bytesPerSecond: 1_000_000 });
    expect((await rawRequest(server.urlOf('a'))).body.toString()).toBe('content');
    server.shape({ latencyMs: 60_000 });
    const leaving = new AbortController();
    const waiting = rawRequest(server.urlOf('a'), { signal: leaving.signal });
    await eventually(() => server.requests.length).toBe(2);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORT_ERR' });
    await eventually(() => server.requests[1]?.end).toBe('left');
  });
});

describe('keep-alive', () => {
  test('idle connections are closed after the time given', async () => {
    await using server = await startFaultServer({ files: { a: 'a' }, keepAliveTimeoutMs: 20 });
    const agent = new Agent({ keepAlive: true });
    await rawRequest(server.urlOf('a'), { agent });
    await eventually(() => server.counters().connections).toBe(0);
    agent.destroy();
  });
});

describe('rebindingLookup', () => {
  test('answers another address the second time, in both forms of dns.lookup', async () => {
    const { asked, lookup } = rebindingLookup('93.184.216.34', '127.0.0.1');
    const one = await new Promise((resolve) =>
      lookup('a.example', {}, (_error, address, family) => resolve([address, family])),
    );
    const all = await new Promise<string | LookupAddress[]>((resolve) =>
      lookup('a.example', { all: true }, (_error, addresses) => resolve(addresses)),
    );
    const last = await new Promise((resolve) => lookup('b.example', {}, (_error, address) => resolve(address)));
    expect([one, all, last]).toEqual([['93.184.216.34', 4], [{ address: '127.0.0.1', family: 4 }], '127.0.0.1']);
    expect(asked).toEqual(['a.example', 'a.example', 'b.example']);
  });
});
