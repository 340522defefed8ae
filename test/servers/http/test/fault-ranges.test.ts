import { type Fault, type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawRequest, type RawResponse } from './raw-request.ts';

const BYTES = seededBytes(11, 'ranges', 1_000);

describe('range faults', () => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startFaultServer({ files: { 'a.bin': BYTES } });
  });
  afterEach(async () => server.stop());

  const withFault = async (fault: Fault, range = 'bytes=100-199'): Promise<RawResponse> => {
    server.fault('a.bin', fault);
    return rawRequest(server.urlOf('a.bin'), { headers: { range } });
  };
  const slice = (start: number, end: number): Buffer => Buffer.from(BYTES.subarray(start, end));

  test('ignore-range answers 200 with the whole file', async () => {
    const { body, headers, status } = await withFault({ kind: 'ignore-range' });
    expect([status, headers['content-range']]).toEqual([200, undefined]);
    expect(body).toEqual(slice(0, 1_000));
  });

  test.each([
    ['another start', { startBy: -1 }, 'bytes 99-199/1000'],
    ['another end', { endBy: 7 }, 'bytes 100-206/1000'],
    ['another total', { totalBy: 1 }, 'bytes 100-199/1001'],
    ['any text', { value: 'bytes */*' }, 'bytes */*'],
    ['nothing', { value: null }, undefined],
  ])('content-range says %s over the right bytes', async (_title, fault, contentRange) => {
    const { body, headers, status } = await withFault({ kind: 'content-range', ...fault });
    expect([status, headers['content-range']]).toEqual([206, contentRange]);
    expect(body).toEqual(slice(100, 200));
  });

  test('shifted-bytes sends other bytes under a right Content-Range', async () => {
    const { body, headers } = await withFault({ kind: 'shifted-bytes', by: 5 });
    expect(headers['content-range']).toBe('bytes 100-199/1000');
    expect(body).toEqual(slice(105, 205));
  });

  test('short-range sends less than asked and says so', async () => {
    const { body, headers, status } = await withFault({ kind: 'short-range', bytes: 10 });
    expect([status, headers['content-range'], headers['content-length']]).toEqual([206, 'bytes 100-109/1000', '10']);
    expect(body).toEqual(slice(100, 110));
  });

  test.each([
    [false, 'bytes 100-199/1000', 100],
    [true, 'bytes 0-99/1000', 0],
  ])('multipart (wrong: %s) wraps %s in multipart/byteranges', async (wrong, contentRange, start) => {
    const { body, headers, status } = await withFault({ kind: 'multipart', wrong });
    expect([status, headers['content-range']]).toEqual([206, undefined]);
    expect(headers['content-type']).toMatch(/^multipart\/byteranges; boundary=/);
    expect(body.toString('latin1')).toContain(`content-range: ${contentRange}\r\n\r\n`);
    expect(body.includes(slice(start, start + 100))).toBe(true);
  });

  test.each([
    [undefined, 'bytes */1000'],
    [5, 'bytes */5'],
    [null, undefined],
  ])('unsatisfiable with total %s answers 416', async (total, contentRange) => {
    const { headers, status } = await withFault({ kind: 'unsatisfiable', ...(total === undefined ? {} : { total }) });
    expect([status, headers['content-range']]).toEqual([416, contentRange]);
  });

  test('leaves requests without a range alone', async () => {
    server.fault('a.bin', { kind: 'unsatisfiable' }).fault('a.bin', { kind: 'content-range', startBy: 3 });
    const { body, status } = await rawRequest(server.urlOf('a.bin'));
    expect([status, body.byteLength]).toEqual([200, 1_000]);
  });
});
