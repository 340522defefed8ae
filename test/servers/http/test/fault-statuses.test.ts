import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawRequest, type RawResponse } from './raw-request.ts';

describe('status and redirect faults', () => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startFaultServer({ files: { 'a b.txt': 'content' } });
  });
  afterEach(async () => server.stop());

  const get = async (
    target = 'a%20b.txt',
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<RawResponse> => rawRequest(server.url + target, { headers, method });

  test.each([
    [429, 7, '7'],
    [503, new Date(Date.UTC(2030, 0, 2, 3, 4, 5)), 'Wed, 02 Jan 2030 03:04:05 GMT'],
    [503, 'soon', 'soon'],
    [500, undefined, undefined],
  ])('status %i with Retry-After %s', async (status, retryAfter, header) => {
    server.fault('a b.txt', { kind: 'status', status, ...(retryAfter === undefined ? {} : { retryAfter }) });
    const { headers, status: got } = await get();
    expect([got, headers['retry-after']]).toEqual([status, header]);
  });

  test('applies so many times only, after so many requests', async () => {
    server.fault('a b.txt', { kind: 'status', status: 503 }, { skip: 1, times: 2 });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await get()).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
  });

  test.each([405, 403, 501])('refuses HEAD with %i and serves GET', async (status) => {
    server.fault('a b.txt', { kind: 'status', status }, { methods: ['HEAD'] });
    expect((await get(undefined, {}, 'HEAD')).status).toBe(status);
    expect((await get()).status).toBe(200);
  });

  test('applies to requests with a range only, or without one only', async () => {
    server.fault('a b.txt', { kind: 'status', status: 412 }, { ranged: true });
    expect([(await get()).status, (await get(undefined, { range: 'bytes=0-1' })).status]).toEqual([200, 412]);
  });

  test('applies to every path with a star, and stops when cleared', async () => {
    server.fault('*', { kind: 'status', status: 418 }).fault('a b.txt', { kind: 'status', status: 419 });
    expect([(await get()).status, (await get('missing')).status, (await get('')).status]).toEqual([419, 418, 418]);
    server.clearFaults('a b.txt');
    expect((await get()).status).toBe(418);
    server.clearFaults();
    expect((await get()).status).toBe(200);
  });

  test('sends extra headers and another body', async () => {
    server.fault('a b.txt', { kind: 'status', status: 401, headers: { 'www-authenticate': 'Basic' }, body: 'who?' });
    const { body, headers, status } = await get();
    expect([status, headers['www-authenticate'], body.toString()]).toEqual([401, 'Basic', 'who?']);
  });

  test.each([
    ['https://elsewhere.invalid/x', 'https://elsewhere.invalid/x'],
    ['file:///etc/passwd', 'file:///etc/passwd'],
    ['{other}{path}', () => `${server.otherUrl}a%20b.txt`],
    ['{url}/elsewhere', () => `${server.url}elsewhere`],
  ])('redirect to %s', async (location, expected) => {
    server.fault('a b.txt', { kind: 'redirect', location, status: 307 });
    const { headers, status } = await get();
    expect([status, headers.location]).toEqual([307, typeof expected === 'string' ? expected : expected()]);
  });

  test('redirect-chain reaches the file after so many hops', async () => {
    server.fault('a b.txt', { kind: 'redirect-chain', hops: 3 });
    const seen: string[] = [];
    let target = '/a%20b.txt';
    let response = await get(target.slice(1));
    while (response.status === 302 && seen.length < 10) {
      target = response.headers.location ?? '';
      seen.push(target);
      response = await get(target.slice(1));
    }
    expect(seen).toEqual(['/a%20b.txt?hop=1', '/a%20b.txt?hop=2', '/a%20b.txt?hop=3']);
    expect(response.body.toString()).toBe('content');
  });

  test.each([
    [1, ['/a%20b.txt', '/a%20b.txt']],
    [2, ['/a%20b.txt?hop=1', '/a%20b.txt']],
  ])('redirect-loop of period %i never ends', async (period, expected) => {
    server.fault('a b.txt', { kind: 'redirect-loop', period });
    const first = (await get()).headers.location ?? '';
    const second = (await get(first.slice(1))).headers.location ?? '';
    expect([first, second]).toEqual(expected);
  });

  test('custom answers whatever a function makes of the honest answer', async () => {
    server.fault('a b.txt', {
      kind: 'custom',
      answer: (honest, { target }) => ({ ...honest, status: 203, headers: { ...honest.headers, 'x-target': target } }),
    });
    const { body, headers, status } = await get();
    expect([status, headers['x-target'], body.toString()]).toEqual([203, '/a%20b.txt', 'content']);
  });

  test('the second origin serves the same files and echoes the headers of every other request', async () => {
    const headers = { authorization: 'Bearer secret', 'x-api-key': 'key', cookie: 'a=b' };
    expect((await rawRequest(`${server.otherUrl}a%20b.txt`, { headers })).body.toString()).toBe('content');
    const echo = await rawRequest(`${server.otherUrl}somewhere?q=1`, { headers });
    expect(JSON.parse(echo.body.toString())).toMatchObject({ target: '/somewhere?q=1', headers });
    expect(server.requests.map(({ headers: { authorization }, origin }) => [origin, authorization])).toEqual([
      ['other', 'Bearer secret'],
      ['other', 'Bearer secret'],
    ]);
  });
});
