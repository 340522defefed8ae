import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { publicRead, seededContent } from '../src/index.ts';
import type { FaultSpec } from '../src/index.ts';
import { useEmbedded } from './harness/embedded.ts';

const embedded = useEmbedded();
const TEXT = 'the right answer';

/** What arrives of an anonymous read before it ends, well or badly. */
async function receive(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; failed: string; length: string }> {
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    let length = '';
    const end = (failed: string): void => resolve({ status, text, failed, length });
    const sent = request(url, { headers, agent: false }, (response) => {
      status = response.statusCode ?? 0;
      length = response.headers['content-length'] ?? '';
      response.on('data', (part: Buffer) => {
        text += part.toString('latin1');
      });
      response.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
      response.once('end', () => end(''));
    });
    sent.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
    sent.end();
  });
}

async function meet(
  fault: FaultSpec,
  headers: Record<string, string> = {},
): Promise<Awaited<ReturnType<typeof receive>>> {
  const { server, bucket } = embedded();
  bucket.update({ policy: [{ effect: 'Allow', principals: ['*'], actions: ['s3:*'] }] });
  bucket.put('k', TEXT);
  server.fault(fault);
  return receive(`${server.url}/data/k`, headers);
}

describe('faults', () => {
  it('answers a storm of SlowDown and then goes on', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', TEXT);
    const storm = server.fault({ kind: 'error', code: 'SlowDown', times: 3 });
    const answers = [await get('k'), await get('k'), await get('k'), await get('k')];
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [503, 'SlowDown'],
      [503, 'SlowDown'],
      [503, 'SlowDown'],
      [200, undefined],
    ]);
    expect(storm.hits).toBe(3);
  });

  it('answers InternalError by default, with a request id', async () => {
    const { server, get } = embedded();
    server.fault({ kind: 'error' });
    const answer = await get('k');
    expect([answer.status, answer.code]).toEqual([500, 'InternalError']);
    expect(answer.text).toContain(String(answer.headers['x-amz-request-id']));
  });

  it('answers a status and body of its own, also an error within 200', async () => {
    const { server, get } = embedded();
    server.fault({ kind: 'error', status: 200, body: '<Error><Code>InternalError</Code></Error>' });
    const answer = await get('k');
    expect([answer.status, answer.code]).toEqual([200, 'InternalError']);
  });

  it('flips one bit', async () => {
    const { text, failed } = await meet({ kind: 'flip-bit', at: 4 });
    expect([text, failed]).toEqual([TEXT.replace('r', 's'), '']);
  });

  it('cuts and resets a body in the middle, under its true length', async () => {
    const cut = await meet({ kind: 'cut-body', at: 3, times: 1 });
    expect(cut).toMatchObject({ status: 200, text: 'the', length: String(TEXT.length), failed: 'ECONNRESET' });
    const reset = await meet({ kind: 'reset-body', at: 3, times: 1 });
    expect(reset).toMatchObject({ status: 200, length: String(TEXT.length), failed: 'ECONNRESET' });
    expect((await receive(`${embedded().server.url}/data/k`)).text).toBe(TEXT);
  });

  it('tells a reset from an end', async () => {
    const { server, bucket } = embedded();
    bucket.update({ policy: publicRead });
    bucket.put('k', TEXT);
    const outcome = async (kind: 'cut-body' | 'reset-body'): Promise<string> => {
      server.fault({ kind, times: 1 });
      return new Promise((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () =>
          socket.write('GET /data/k HTTP/1.1\r\nHost: localhost\r\n\r\n'),
        );
        socket.resume();
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
        socket.once('end', () => resolve('end'));
      });
    };
    expect(await outcome('cut-body')).toBe('end');
    // A client that is late reads bytes and reset at once and takes them for an end: then it is asked again.
    await expect.poll(async () => outcome('reset-body'), { timeout: 20_000 }).toBe('ECONNRESET');
  });

  it('sends less than the truth as if it were all', async () => {
    expect(await meet({ kind: 'short-body', at: 3 })).toMatchObject({ text: 'the', length: '3', failed: '' });
  });

  it('lies about the length', async () => {
    expect(await meet({ kind: 'lying-length', by: 5 })).toMatchObject({
      text: TEXT,
      length: '21',
      failed: 'ECONNRESET',
    });
  });

  it('ignores a range', async () => {
    expect(await meet({ kind: 'ignore-range' }, { range: 'bytes=4-8' })).toMatchObject({ status: 200, text: TEXT });
  });

  it('sends other bytes than it says', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', TEXT);
    server.fault({ kind: 'shift-range', by: 1 });
    const got = await get('k', { range: 'bytes=4-8' });
    expect([got.status, got.text, got.headers['content-range']]).toEqual([206, 'ight ', 'bytes 4-8/16']);
  });

  it('lies about Content-Range', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', TEXT);
    server.fault({ kind: 'edit', headers: { 'content-range': 'bytes 0-4/99', etag: '' } });
    const got = await get('k', { range: 'bytes=4-8' });
    expect([got.text, got.headers['content-range'], got.headers.etag]).toEqual(['right', 'bytes 0-4/99', undefined]);
  });

  it('spoils the XML of a listing', async () => {
    const { server, bucket, raw } = embedded();
    bucket.put('k', TEXT);
    server.fault({
      match: { operation: 'ListObjectsV2' },
      kind: 'edit',
      edit: (body) => body.toString().replace('</Key>', ''),
    });
    const list = await raw({ path: '/data', query: { 'list-type': '2' } });
    expect(list.text).toContain('<Key>k<LastModified>');
    expect(list.headers['content-length']).toBe(String(list.body.length));
  });

  it('drips', async () => {
    expect(await meet({ kind: 'drip', everyMs: 1 })).toMatchObject({ text: TEXT, failed: '' });
  });

  it('resets before an answer, and after the work was done', async () => {
    expect(await meet({ kind: 'reset', times: 1 })).toMatchObject({ status: 0, failed: 'ECONNRESET' });
    const { server, bucket, put } = embedded();
    server.fault({ kind: 'lost-answer', times: 1 });
    await expect(put('lost', 'but written')).rejects.toThrow();
    expect(bucket.bytes('lost')?.toString()).toBe('but written');
  });

  it('stays silent until it is closed, and stalls in a body', async () => {
    const { server } = embedded();
    const silent = meet({ kind: 'silent', times: 1 });
    await expect.poll(() => server.stats().inFlight).toBe(1);
    const stalled = meet({ kind: 'stall-body', at: 3, times: 1 });
    await expect.poll(() => server.requests.at(-1)?.bytesSent).toBe(3);
    await server.close();
    expect(await silent).toMatchObject({ status: 0 });
    expect(await stalled).toMatchObject({ status: 200 });
  });

  it('goes on without end', async () => {
    const { server, bucket } = embedded();
    bucket.update({ policy: [{ effect: 'Allow', principals: ['*'], actions: ['s3:*'] }] });
    bucket.put('k', TEXT);
    server.fault({ kind: 'endless-body' });
    const abort = new AbortController();
    const response = await fetch(`${server.url}/data/k`, { signal: abort.signal });
    let bytes = 0;
    await expect(async () => {
      for await (const part of response.body ?? []) {
        bytes += (part as Uint8Array).length;
        if (bytes > 1_000_000) abort.abort();
      }
    }).rejects.toThrow();
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  it('replaces an object between two ranges', async () => {
    const { server, bucket, get } = embedded();
    const old = bucket.put('k', seededContent(1, 1000));
    const hook = server.fault({
      match: { operation: 'GetObject', key: 'k' },
      kind: 'hook',
      after: 1,
      times: 1,
      run: () => void bucket.put('k', seededContent(2, 1000)),
    });
    const etag = `"${old.etag}"`;
    expect((await get('k', { range: 'bytes=0-9', 'if-match': etag })).status).toBe(206);
    expect((await get('k', { range: 'bytes=10-19', 'if-match': etag })).status).toBe(412);
    expect(hook.hits).toBe(1);
  });

  it('sends a body that began whole, whatever happens to its object', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', 'old '.repeat(10_000));
    server.shape({ requestBandwidth: 1_000_000 });
    const reading = get('k');
    await expect.poll(() => server.requests.at(-1)?.status).toBe(200);
    bucket.put('k', 'new');
    expect((await reading).text).toBe('old '.repeat(10_000));
  });

  it('meets only what matches, after as many as it lets pass, until it is removed', async () => {
    const { server, bucket, get } = embedded();
    for (const key of ['a', 'b']) bucket.put(key, key);
    const fault = server.fault({
      match: { operation: ['GetObject', 'HeadObject'], key: /^b$/, method: 'GET' },
      kind: 'error',
      after: 1,
    });
    const statuses = [];
    for (const key of ['a', 'b', 'b', 'b', 'a']) statuses.push((await get(key)).status);
    expect(statuses).toEqual([200, 200, 500, 500, 200]);
    fault.remove();
    expect((await get('b')).status).toBe(200);
    server.fault({
      match: (request) => request.headers['range'] !== undefined,
      kind: 'error',
      code: 'ServiceUnavailable',
    });
    expect((await get('b')).status).toBe(200);
    expect((await get('b', { range: 'bytes=0-0' })).status).toBe(503);
    server.clearFaults();
    expect((await get('b', { range: 'bytes=0-0' })).status).toBe(206);
  });
});
