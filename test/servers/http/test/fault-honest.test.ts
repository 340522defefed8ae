import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest, type RawResponse } from './raw-request.ts';

const TEXT = 'the quick brown fox jumps over the lazy dog';

describe('a fault server without faults', () => {
  let server: FaultServer;
  let etag: string;
  let lastModified: string;

  beforeAll(async () => {
    server = await startFaultServer({
      files: { 'dir/fox jumps.txt': { bytes: Buffer.from(TEXT), type: 'text/plain' } },
    });
    const { headers } = await get();
    etag = headers.etag ?? '';
    lastModified = headers['last-modified'] ?? '';
  });
  afterAll(async () => server.stop());

  const get = async (headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<RawResponse> =>
    rawRequest(server.urlOf('dir/fox jumps.txt'), { headers, method });

  test('serves a file with its length, type and validators', async () => {
    const { body, headers, status } = await get();
    expect([status, body.toString(), headers['content-length'], headers['content-type']]).toEqual([
      200,
      TEXT,
      `${TEXT.length}`,
      'text/plain',
    ]);
    expect(etag).toMatch(/^"\w+"$/);
    expect(lastModified).toBe('Mon, 01 Jan 2024 00:00:00 GMT');
  });

  test.each([
    ['bytes=4-8', 206, 'quick', 'bytes 4-8/43'],
    ['bytes=40-', 206, 'dog', 'bytes 40-42/43'],
    ['bytes=40-99', 206, 'dog', 'bytes 40-42/43'],
    ['bytes=-3', 206, 'dog', 'bytes 40-42/43'],
    ['bytes=-99', 206, TEXT, 'bytes 0-42/43'],
    ['bytes=0-0', 206, 't', 'bytes 0-0/43'],
    ['bytes=43-', 416, undefined, 'bytes */43'],
    ['bytes=-0', 416, undefined, 'bytes */43'],
    ['bytes=8-4', 200, TEXT, undefined],
    ['lines=1-2', 200, TEXT, undefined],
    ['bytes=0-1,3-4', 200, TEXT, undefined],
  ])('answers Range: %s with %i', async (range, status, text, contentRange) => {
    const response = await get({ range });
    expect([response.status, response.headers['content-range']]).toEqual([status, contentRange]);
    if (text !== undefined) expect(response.body.toString()).toBe(text);
  });

  test.each([
    ['If-Match of this version', () => ({ 'if-match': etag }), 200],
    ['If-Match of any version', () => ({ 'if-match': '*' }), 200],
    ['If-Match of another version', () => ({ 'if-match': '"other"' }), 412],
    ['If-Match of this version made weak', () => ({ 'if-match': `W/${etag}` }), 412],
    ['If-None-Match of this version', () => ({ 'if-none-match': `"x", ${etag}` }), 304],
    ['If-None-Match of this version made weak', () => ({ 'if-none-match': `W/${etag}` }), 304],
    ['If-None-Match of another version', () => ({ 'if-none-match': '"other"' }), 200],
    ['If-Modified-Since this time', () => ({ 'if-modified-since': lastModified }), 304],
    ['If-Modified-Since an earlier time', () => ({ 'if-modified-since': 'Sun, 31 Dec 2023 00:00:00 GMT' }), 200],
    ['If-Unmodified-Since an earlier time', () => ({ 'if-unmodified-since': 'Sun, 31 Dec 2023 00:00:00 GMT' }), 412],
    ['If-Range of this version', () => ({ range: 'bytes=0-1', 'if-range': etag }), 206],
    ['If-Range of another version', () => ({ range: 'bytes=0-1', 'if-range': '"other"' }), 200],
    ['If-Range of this time', () => ({ range: 'bytes=0-1', 'if-range': lastModified }), 206],
  ])('answers %s as RFC 9110 says', async (_title, headers, status) => {
    const response = await get(headers());
    expect(response.status).toBe(status);
    if (status === 304) expect([response.body.byteLength, response.headers.etag]).toEqual([0, etag]);
  });

  test('answers HEAD with the headers of GET and no body', async () => {
    const { body, headers, status } = await get({}, 'HEAD');
    expect([status, headers['content-length'], headers.etag, body.byteLength]).toEqual([
      200,
      `${TEXT.length}`,
      etag,
      0,
    ]);
  });

  test('refuses other methods, missing files and undecodable targets', async () => {
    expect((await get({}, 'DELETE')).status).toBe(405);
    expect((await rawRequest(`${server.url}missing`)).status).toBe(404);
    expect((await rawRequest(`${server.url}%zz`)).status).toBe(400);
  });

  test('redirects a directory without its slash and refuses a file with one', async () => {
    const { headers, status } = await rawRequest(`${server.url}dir`);
    expect([status, headers.location]).toEqual([301, '/dir/']);
    expect((await rawRequest(`${server.urlOf('dir/fox jumps.txt')}/`)).status).toBe(404);
  });

  test('tells an encoded slash from a real one', async () => {
    expect((await rawRequest(`${server.url}dir%2Ffox%20jumps.txt`)).status).toBe(400);
  });
});
