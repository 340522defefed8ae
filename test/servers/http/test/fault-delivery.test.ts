import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { rawRequest } from './raw-request.ts';

const BYTES = seededBytes(13, 'delivery', 300_000);

describe('delivery faults', () => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startFaultServer({ files: { a: BYTES, empty: '' } });
  });
  afterEach(async () => server.stop());

  test.each([0, 1, 65_536, 150_000, 299_999])('cut ends the connection after %i bytes', async (afterBytes) => {
    server.fault('a', { kind: 'cut', afterBytes });
    const { body, error, headers } = await rawRequest(server.urlOf('a'));
    expect([headers['content-length'], body.byteLength, error]).toEqual(['300000', afterBytes, 'ECONNRESET']);
    expect(server.requests.at(-1)).toMatchObject({ end: 'cut', bytesSent: afterBytes });
  });

  test('cut leaves a chunked body without its end', async () => {
    server.fault('a', { kind: 'chunked' }).fault('a', { kind: 'cut', afterBytes: 100 });
    const { body, error } = await rawRequest(server.urlOf('a'));
    expect([body.byteLength, error]).toEqual([100, 'ECONNRESET']);
  });

  test('reset breaks the connection in the middle of the body', async () => {
    server.fault('a', { kind: 'reset', afterBytes: 1_000 });
    const { body, error } = await rawRequest(server.urlOf('a'));
    expect(error).toBe('ECONNRESET');
    expect(body.byteLength).toBeLessThanOrEqual(1_000);
    expect(server.requests.at(-1)?.end).toBe('reset');
  });

  test('reset with -1 breaks it before the headers', async () => {
    server.fault('a', { kind: 'reset', afterBytes: -1 });
    await expect(rawRequest(server.urlOf('a'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test.each([-1, 0, 100])('silent says nothing more after %i bytes until the client leaves', async (afterBytes) => {
    server.fault('a', { kind: 'silent', afterBytes });
    const leaving = new AbortController();
    let received = 0;
    const response = rawRequest(server.urlOf('a'), {
      signal: leaving.signal,
      onData: (_chunk, length) => {
        received = length;
      },
    });
    const outcome = response.then(
      ({ error }) => error,
      (error: NodeJS.ErrnoException) => error.code,
    );
    await eventually(() => [server.requests.length, received]).toEqual([1, Math.max(0, afterBytes)]);
    expect(server.counters().connections).toBe(1);
    leaving.abort();
    expect(await outcome).toBe('ABORT_ERR');
    await eventually(() => server.requests[0]?.end).toBe('silent');
  });

  test.each(['headers', 'body'] as const)('drip sends the %s in small pieces and all of it', async (part) => {
    server.files.set('a', BYTES.subarray(0, 300));
    server.fault('a', { kind: 'drip', part, bytes: 30, everyMs: 1 });
    const pieces: number[] = [];
    const { body, error, headers } = await rawRequest(server.urlOf('a'), {
      onData: (chunk) => pieces.push(chunk.byteLength),
    });
    expect([error, headers['content-length']]).toEqual(['', '300']);
    expect(body).toEqual(Buffer.from(BYTES.subarray(0, 300)));
    if (part === 'body') expect(pieces.length).toBeGreaterThan(1);
  });

  test('drip of headers brings the status line to the wire in parts', async () => {
    server.fault('empty', { kind: 'drip', part: 'headers', bytes: 5, everyMs: 3 });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const pieces: string[] = [];
    socket.on('data', (chunk: Buffer) => pieces.push(chunk.toString('latin1')));
    socket.write('GET /empty HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*content-length: 0\r\n[^]*\r\n\r\n$/);
  });

  test('hold waits for release, before the headers or in the middle', async () => {
    server.fault('a', { kind: 'hold', afterBytes: -1 }, { times: 1 });
    server.fault('a', { kind: 'hold', afterBytes: 1_000 }, { skip: 1 });
    const lengths: number[] = [0, 0];
    const responses = [0, 1].map(async (index) =>
      rawRequest(server.urlOf('a'), {
        onData: (_chunk, length) => {
          lengths[index] = length;
        },
      }),
    );
    await server.waitForHeld(2);
    await eventually(() => lengths.toSorted((left, right) => left - right)).toEqual([0, 1_000]);
    server.release();
    expect((await Promise.all(responses)).map(({ body }) => body.byteLength)).toEqual([300_000, 300_000]);
  });

  test('hold lets a file be replaced under a reader, whose bytes stay those of one version', async () => {
    server.fault('a', { kind: 'hold', afterBytes: 1_000 }, { times: 1 });
    const response = rawRequest(server.urlOf('a'));
    await server.waitForHeld(1);
    server.files.set('a', new Uint8Array(300_000));
    server.release();
    expect((await response).body.equals(Buffer.from(BYTES))).toBe(true);
  });

  test('close-after closes a kept-alive connection without a word', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    server.fault('empty', { kind: 'close-after' });
    const { headers } = await rawRequest(server.urlOf('empty'), { agent });
    expect(headers.connection).toBe('keep-alive');
    await eventually(() => server.counters().connections).toBe(0);
    agent.destroy();
  });
});
