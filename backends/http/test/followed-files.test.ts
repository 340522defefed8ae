import { isNotModified, type Polled, systemClock } from '@mountkit/core';
import { fileSystemFrom } from '@mountkit/loader';
import {
  probeRealServer,
  REAL_SERVER_KINDS,
  type FaultServer,
  startFaultServer,
  startRealServer,
} from '@mountkit/test-http-server';
import { type FollowEvent, followFile, type MountableFileSystem } from '@mountkit/vfs';
import { appendFile, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { http } from '../src/node.ts';

const probes = await Promise.all(REAL_SERVER_KINDS.map(async (kind) => [kind, await probeRealServer(kind)] as const));
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const requestsOf = (fs: MountableFileSystem): number => fs.stats().mounts[0]?.requests ?? 0;

async function sizeAt(url: string): Promise<number> {
  return Number((await fetch(url, { method: 'HEAD' })).headers.get('content-length'));
}

/** Follows a file with a step of the test in place of each wait. @returns the events and the requests of each poll. */
async function follow(
  fs: MountableFileSystem,
  path: string,
  steps: readonly (() => Promise<void> | void)[],
): Promise<{ readonly events: readonly string[]; readonly requests: readonly number[] }> {
  const left = [...steps];
  const stop = new AbortController();
  const requests: number[] = [];
  const events: string[] = [];
  let before = requestsOf(fs);
  const sleep = async (): Promise<void> => {
    requests.push(requestsOf(fs) - before);
    const step = left.shift();
    if (step === undefined) stop.abort();
    await step?.();
    before = requestsOf(fs);
  };
  const show = (event: FollowEvent): string => (event.kind === 'appended' ? text(event.bytes) : event.kind);
  const options = { clock: { now: Date.now, sleep }, signal: stop.signal };
  for await (const event of followFile(fs, path, options)) events.push(show(event));
  return { events, requests };
}

describe('a followed file through every layer', () => {
  let server: FaultServer;
  let fs: MountableFileSystem;
  let nowMs: number;
  beforeEach(async () => {
    nowMs = Date.UTC(2024, 0, 1);
    server = await startFaultServer({ files: { 'app.log': 'one\n' }, now: () => nowMs });
    fs = await fileSystemFrom(http, { url: server.url });
  });
  afterEach(async () => {
    await fs.close();
    await server.stop();
  });
  const append = (line: string) => (): void => {
    server.files.append('app.log', line);
    nowMs += 3_600_000;
  };
  const nothing = (): void => undefined;

  test('a quiet poll is one condition without a body, a grown file one request, whatever is believed of it', async () => {
    await fs.readFile('/app.log');
    await fs.readdir('/');
    const { events, requests } = await follow(fs, '/app.log', [nothing, append('two\n'), nothing, append('three\n')]);
    expect(events).toEqual(['two\n', 'three\n']);
    expect(requests).toEqual([1, 1, 1, 1, 1]);
    const answers = server.requestsTo('app.log').map(({ method, status, range }) => `${method} ${status} ${range}`);
    expect(answers.slice(1)).toEqual([
      'GET 206 bytes=-1024',
      'GET 304 bytes=0-4194307',
      'GET 206 bytes=0-4194307',
      'GET 304 bytes=0-4194311',
      'GET 206 bytes=0-4194311',
    ]);
    // What the polls told is believed: nothing more is asked for.
    server.resetCounters();
    expect((await fs.stat('/app.log')).size).toBe('one\ntwo\nthree\n'.length);
    expect(server.counters().requests).toBe(0);
    expect(text(await fs.readFile('/app.log'))).toBe('one\ntwo\nthree\n');
  });

  test('of a long file only the end comes again', async () => {
    server.files.set('app.log', 'x'.repeat(3_000_000));
    await follow(fs, '/app.log', [append('two\n')]);
    expect(server.counters().bytesSent).toBe(1_024 + 1_024 + 4);
  });

  test('a file that is cut off or replaced is told so, never read on in the middle of another', async () => {
    const { events } = await follow(fs, '/app.log', [
      () => server.files.set('app.log', 'x\n'),
      () => server.files.set('app.log', 'quite another file\n'),
    ]);
    expect(events).toEqual(['truncated', 'x\n', 'replaced', 'quite another file\n']);
  });

  test('a version that is too young to be believed costs one request as well', async () => {
    await fs.close();
    await server.stop();
    server = await startFaultServer({ files: { 'app.log': 'one\n' } });
    fs = await fileSystemFrom(http, { url: server.url });
    const { events, requests } = await follow(fs, '/app.log', [nothing, append('two\n'), nothing]);
    expect(events).toEqual(['two\n']);
    expect(requests).toEqual([1, 1, 1, 1]);
  });

  test.each([
    ['no conditions', { kind: 'ignore-conditions', headers: ['if-none-match', 'if-modified-since'] }],
    ['no ranges', { kind: 'ignore-range' }],
    ['a weak ETag', { kind: 'validators', send: 'weak-etag' }],
    ['Last-Modified only', { kind: 'validators', send: 'last-modified-only' }],
    ['no validator', { kind: 'validators', send: 'none' }],
  ] as const)('a server with %s costs one request a poll, and loses and repeats nothing', async (_name, fault) => {
    server.fault('app.log', fault);
    const steps = [nothing, append('two\n'), nothing, append('three\n')];
    const { events, requests } = await follow(fs, '/app.log', steps);
    expect(events.join('')).toBe('two\nthree\n');
    expect(Math.max(...requests.slice(1))).toBe(1);
  });

  test('an outage of minutes is waited out, and nothing is lost', async () => {
    await fs.close();
    let laterMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + laterMs };
    // The breaker leaves an origin alone that is out; after a minute it asks again.
    const minute = (): void => {
      laterMs += 60_000;
    };
    fs = await fileSystemFrom(http, { url: server.url }, { clock, layers: { retry: { baseMs: 1 } } });
    const { events } = await follow(fs, '/app.log', [
      () => server.fault('*', { kind: 'status', status: 503 }),
      append('two\n'),
      nothing,
      () => {
        server.clearFaults();
        server.fault('*', { kind: 'reset', afterBytes: -1 });
      },
      append('three\n'),
      () => server.clearFaults(),
      minute,
    ]);
    expect(events).toEqual(['two\nthree\n']);
  });
});

for (const [kind, probe] of probes) {
  const reason = probe.available ? '' : `: ${probe.reason ?? 'unknown'}`;
  test.skipIf(!probe.available)(
    `${kind}: a quiet poll is one request, and so is growth${reason}`,
    async () => {
      const root = await mkdtemp(join(tmpdir(), 'mountkit-follow-'));
      const file = join(root, 'app.log');
      let hour = 1;
      let url: string | undefined;
      /** With a time that is long past, as of a file that was written a while ago. */
      const write = async (how: () => Promise<void>): Promise<void> => {
        await how();
        hour += 1;
        await utimes(file, 1_700_000_000, 1_700_000_000 + hour * 3_600);
        // Servers remember what they saw of a file: lighttpd does for a second.
        const { size } = await stat(file);
        const seen = async (): Promise<boolean> => url === undefined || (await sizeAt(`${url}app.log`)) === size;
        while (!(await seen())) await systemClock.sleep(20);
      };
      await write(() => writeFile(file, 'x'.repeat(100_000)));
      const server = await startRealServer(kind, { root });
      ({ url } = server);
      const fs = await fileSystemFrom(http, { url: kind.endsWith('webdav') ? `webdav+${server.url}` : server.url });
      try {
        const { events, requests } = await follow(fs, '/app.log', [
          () => undefined,
          () => write(() => appendFile(file, 'one\n')),
          () => undefined,
          () => write(() => appendFile(file, 'two\n')),
          () => write(() => writeFile(file, 'short\n')),
        ]);
        expect(events).toEqual(['one\n', 'two\n', 'truncated', 'short\n']);
        expect(requests.slice(1, 5)).toEqual([1, 1, 1, 1]);
        const found = (await fs.poll('/app.log')) as Polled;
        const { version } = found.stat;
        expect(version).toBeDefined();
        const again = await fs.poll('/app.log', { offset: 6, ...(version !== undefined && { ifNot: version }) });
        expect(isNotModified(again)).toBe(true);
      } finally {
        await fs.close();
        await server.stop();
        await rm(root, { recursive: true, force: true });
      }
    },
    30_000,
  );
}
