import { gunzipSync, gzipSync } from 'node:zlib';
import { type Fault, type FaultServer, seededText, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { rawRequest, type RawResponse } from './raw-request.ts';

const TEXT = Buffer.from(seededText(12, 'bodies', 5_000));
const PACKED = gzipSync(TEXT);

describe('body faults', () => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startFaultServer({ files: { a: TEXT } });
  });
  afterEach(async () => server.stop());

  const withFault = async (
    fault: Fault,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<RawResponse> => {
    server.fault('a', fault);
    return rawRequest(server.urlOf('a'), { headers, method });
  };

  test.each([{}, { range: 'bytes=0-9' }])('gzip whole answers 200 with the packed file to %j', async (headers) => {
    const { body, headers: got, status } = await withFault({ kind: 'gzip', form: 'whole' }, headers);
    expect([status, got['content-encoding'], got['content-range']]).toEqual([200, 'gzip', undefined]);
    expect(gunzipSync(body)).toEqual(TEXT);
  });

  test('gzip slice answers a range of the packed bytes', async () => {
    const { body, headers, status } = await withFault({ kind: 'gzip', form: 'slice' }, { range: 'bytes=2-9' });
    expect([status, headers['content-encoding'], headers['content-range']]).toEqual([
      206,
      'gzip',
      `bytes 2-9/${PACKED.byteLength}`,
    ]);
    expect(body).toEqual(PACKED.subarray(2, 10));
  });

  test('gzip label lies about plain bytes', async () => {
    const { body, headers } = await withFault({ kind: 'gzip', form: 'label' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(body).toEqual(TEXT);
  });

  test('content-length too long breaks the connection off before the promised end', async () => {
    const { body, error, headers } = await withFault({ kind: 'content-length', by: 10 });
    expect([headers['content-length'], body.byteLength, error]).toEqual(['5010', 5_000, 'ECONNRESET']);
  });

  test('content-length too short makes the body end early', async () => {
    const { body, headers } = await withFault({ kind: 'content-length', by: -10 });
    expect(headers['content-length']).toBe('4990');
    expect(body).toEqual(TEXT.subarray(0, 4_990));
  });

  test('content-length lies on HEAD', async () => {
    const { body, headers } = await withFault({ kind: 'content-length', by: -4_980 }, {}, 'HEAD');
    expect([headers['content-length'], body.byteLength]).toEqual(['20', 0]);
  });

  test('chunked sends no length', async () => {
    const { body, headers } = await withFault({ kind: 'chunked' });
    expect([headers['content-length'], headers['transfer-encoding']]).toEqual([undefined, 'chunked']);
    expect(body).toEqual(TEXT);
  });

  test('login-page answers 200 text/html to anything', async () => {
    const { body, headers, status } = await withFault({ kind: 'login-page' }, { range: 'bytes=0-9' });
    expect([status, headers['content-type'], headers['content-range']]).toEqual([
      200,
      'text/html; charset=utf-8',
      undefined,
    ]);
    expect(body.toString()).toContain('<form');
  });

  test('endless-body goes on until the client leaves, and the server notices', async () => {
    const leaving = new AbortController();
    const response = rawRequest(server.fault('a', { kind: 'endless-body' }).urlOf('a'), {
      signal: leaving.signal,
      onData: (_chunk, length) => {
        if (length > 1_000_000) leaving.abort();
      },
    });
    expect((await response).error).toBe('ABORT_ERR');
    await eventually(() => server.requests.at(-1)?.end).toBe('left');
  });

  test('endless-body can declare a length', async () => {
    const { body, headers } = await withFault({ kind: 'endless-body', declared: 20_000 });
    expect([headers['content-length'], body.byteLength]).toEqual(['20000', 20_000]);
  });
});
