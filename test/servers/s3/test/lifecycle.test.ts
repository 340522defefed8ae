import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Agent, get as httpGet } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { oddKeys, publicRead, seededContent, sparseContent, startS3Server } from '../src/index.ts';
import { useEmbedded } from './harness/embedded.ts';
import { clientOf } from './harness/subject.ts';

const embedded = useEmbedded();
// Node 20 runs no TypeScript: the program is what has been built.
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('a bucket in the hands of a test', () => {
  it('is the one that requests see, odd keys too', async () => {
    const { server, bucket, get, put } = embedded();
    for (const { key, what } of oddKeys) bucket.put(key, what);
    for (const { key, what } of oddKeys) expect((await get(key)).text).toBe(what);
    const byBytes = oddKeys.map(({ key }) => key).sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
    expect(bucket.keys()).toEqual(byBytes);
    expect(server.requests.map((request) => request.key)).toEqual(oddKeys.map(({ key }) => key));
    await put('caf\u00e9', 'by request', { 'x-amz-meta-a': '1' });
    expect(bucket.get('caf\u00e9')).toMatchObject({
      size: 10,
      headers: { 'x-amz-meta-a': '1' },
      storageClass: 'STANDARD',
    });
    bucket.delete('caf\u00e9');
    expect((await get('caf\u00e9')).status).toBe(404);
  });

  it('keeps versions when it is told to', async () => {
    const { bucket, raw } = embedded();
    bucket.update({ versioning: 'Enabled' });
    const { versionId } = bucket.put('k', 'one', { headers: { 'content-type': 'text/plain' }, etag: 'mine' });
    bucket.put('k', 'two');
    bucket.delete('k');
    expect(bucket.get('k')).toBeUndefined();
    const old = await raw({ path: '/data/k', query: { versionId } });
    expect([old.text, old.headers.etag, old.headers['content-type']]).toEqual(['one', '"mine"', 'text/plain']);
    bucket.delete('k', versionId);
    expect(bucket.get('k', versionId)).toBeUndefined();
  });
});

describe('counters', () => {
  it('record every request, by operation and status', async () => {
    const { server, bucket, raw, get, put } = embedded();
    bucket.put('a b', 'hello');
    await get('a b', { range: 'bytes=1-3' });
    await get('absent');
    await put('new', 'four');
    await raw({ path: '/data', query: { 'list-type': '2', prefix: 'x' } });
    await raw({ method: 'HEAD', path: '/data' });
    expect(server.stats().byOperation).toEqual({ GetObject: 2, PutObject: 1, ListObjectsV2: 1, HeadBucket: 1 });
    expect(server.stats().byStatus).toEqual({ 200: 3, 206: 1, 404: 1 });
    const [read, missing, write] = server.requests;
    expect(read).toMatchObject({
      method: 'GET',
      path: '/data/a%20b',
      bucket: 'data',
      key: 'a b',
      status: 206,
      bytesSent: 3,
    });
    expect(read?.headers['range']).toBe('bytes=1-3');
    expect(missing).toMatchObject({ status: 404, errorCode: 'NoSuchKey' });
    expect(write).toMatchObject({ bytesReceived: 4, bytesSent: 0 });
    server.reset();
    expect(server.stats()).toMatchObject({ requests: 0, bytesSent: 0, byOperation: {} });
  });

  it('count requests in flight at once, and connections', async () => {
    const { server, bucket } = embedded();
    bucket.update({ policy: publicRead });
    bucket.put('k', 'x');
    const agent = new Agent({ keepAlive: true, maxSockets: 3 });
    const ask = async (): Promise<void> =>
      new Promise((resolve, reject) => {
        httpGet(`${server.url}/data/k`, { agent }, (response) => response.resume().once('end', resolve)).once(
          'error',
          reject,
        );
      });
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.fault({ kind: 'hook', run: async () => gate });
    const all = Promise.all([ask(), ask(), ask(), ask()]);
    await expect.poll(() => server.stats().inFlight).toBe(3);
    release();
    await all;
    await ask();
    expect(server.stats()).toMatchObject({ requests: 5, peakConcurrency: 3, connectionsOpened: 3, inFlight: 0 });
    expect(new Set(server.requests.map((request) => request.connection)).size).toBe(3);
    agent.destroy();
    await expect.poll(() => server.stats().connectionsOpen).toBe(0);
  });
});

describe('shaping', () => {
  // A slow machine makes these longer, never shorter.
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };

  it('delays the first byte of every answer, and of a connection', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', 'x');
    server.shape({ latencyMs: 40 });
    expect(await timed(async () => get('k'))).toBeGreaterThan(38);
    server.shape({ latencyMs: 0, connectMs: 40 });
    expect(await timed(async () => get('k'))).toBeGreaterThan(38);
  });

  it('limits the bandwidth of one answer', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', sparseContent(200_000));
    server.shape({ requestBandwidth: 2_000_000 });
    expect(await timed(async () => get('k'))).toBeGreaterThan(95);
  });

  it('limits the bandwidth of all answers together', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', sparseContent(100_000));
    server.shape({ bandwidth: 2_000_000 });
    expect(await timed(async () => Promise.all([get('k'), get('k'), get('k')]))).toBeGreaterThan(140);
  });
});

describe('scale', () => {
  it('serves a gigabyte that is nowhere', async () => {
    const { server, bucket } = embedded();
    bucket.update({ policy: publicRead });
    bucket.put('big', seededContent(1, 1_000_000_000));
    const before = process.memoryUsage().arrayBuffers;
    const response = await fetch(`${server.url}/data/big`, { headers: { range: 'bytes=900000000-' } });
    let bytes = 0;
    let most = 0;
    for await (const part of response.body ?? []) {
      bytes += (part as Uint8Array).length;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect([response.status, bytes]).toEqual([206, 100_000_000]);
    expect(most).toBeLessThan(80_000_000);
  });

  it('lists 100,000 keys, flat and as directories', async () => {
    const { bucket, endpoint } = embedded();
    bucket.fill(100_000, (index) => ({ key: `dir-${index % 100}/file-${index}`, body: String(index) }));
    const client = clientOf(endpoint);
    const top = await client.send(new ListObjectsV2Command({ Bucket: 'data', Delimiter: '/' }));
    expect(top.CommonPrefixes).toHaveLength(100);
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: 'data', ...(token !== undefined && { ContinuationToken: token }) }),
      );
      for (const { Key } of page.Contents ?? []) keys.push(Key ?? '');
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(keys).toEqual(bucket.keys());
    expect(new Set(keys).size).toBe(100_000);
    client.destroy();
  }, 120_000);
});

describe('life', () => {
  it('goes down and comes up on the same port, with its objects', async () => {
    const { server, bucket, get } = embedded();
    bucket.put('k', 'x');
    const { port } = server;
    await server.down();
    await expect(get('k')).rejects.toThrow('ECONNREFUSED');
    await server.up();
    expect(server.port).toBe(port);
    expect((await get('k')).text).toBe('x');
  });

  it('may be closed twice, and does not come back', async () => {
    const { server } = embedded();
    await server.close();
    await server.close();
    await expect(server.up()).rejects.toThrow('closed');
  });

  it('closes with its scope', async () => {
    let url = '';
    {
      await using server = await startS3Server();
      ({ url } = server);
      expect((await fetch(url)).status).toBe(403);
    }
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe(existsSync(main) ? 'as a program' : 'as a program (not built)', () => {
  it.skipIf(!existsSync(main))(
    'prints its URL, serves what it was told, is shaped and counted through its input, and ends with it',
    async () => {
      const child = spawn(
        process.execPath,
        [main, '--control', '--public', '--object', 'b/big=1000000', '--objects', 'b/small/=20x10'],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      try {
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        const line = async (): Promise<string> => String((await lines.next()).value);
        const url = await line();
        const big = await fetch(`${url}/b/big`);
        expect((await big.arrayBuffer()).byteLength).toBe(1_000_000);
        expect(await (await fetch(`${url}/b?list-type=2&prefix=small/`)).text()).toContain('<KeyCount>20</KeyCount>');
        child.stdin.write('{"shape":{"latencyMs":5},"stats":true,"reset":true}\n');
        expect(JSON.parse(await line())).toMatchObject({
          requests: 2,
          byOperation: { GetObject: 1, ListObjectsV2: 1 },
        });
        child.stdin.write('{"stats":true}\n');
        expect(JSON.parse(await line())).toMatchObject({ requests: 0 });
        const ended = once(child, 'exit');
        child.stdin.end();
        expect((await ended)[0]).toBe(0);
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});
