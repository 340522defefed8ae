import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createSecret, type RequestEvent, systemClock } from '@mountkit/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { checkout, type Consumer, installPacked } from './packed-consumer.ts';
import { copyThirdParty, type ThirdParty } from './third-party.ts';

const run = promisify(execFile);

/** The files of the page: each block of code stands under its name. */
async function filesOfPage(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(join(checkout, 'docs', 'write-a-backend.md'), 'utf8');
  const blocks = page.matchAll(/^<!-- file: (\S+) -->\n```\w+\n([\s\S]*?)^```/gm);
  const files = new Map(Array.from(blocks, ([, name = '', code = '']) => [name, code]));
  const fences = page.match(/^```(?:js|ts|json)\n/gm) ?? [];
  // A block that is not a file would not be tested.
  expect(files.size).toBe(fences.length);
  return files;
}

describe('the backend of docs/write-a-backend.md', () => {
  let consumer: Consumer;
  let files: ReadonlyMap<string, string>;
  let project: ThirdParty;

  beforeAll(async () => {
    [consumer, files] = await Promise.all([installPacked(), filesOfPage()]);
    const source = await mkdtemp(join(tmpdir(), 'mountkit-page-'));
    for (const name of ['package.json', 'index.js', 'conformance.test.js', 'request.js', 'read.js', 'typed.ts']) {
      await mkdir(dirname(join(source, name)), { recursive: true });
      await writeFile(join(source, name), files.get(name) ?? '');
    }
    project = await copyThirdParty(source, consumer);
    await rm(source, { recursive: true });
    await project.installInto(consumer);
  });
  afterAll(async () => {
    await project.remove();
    await consumer.remove();
  });

  it('passes the conformance kit, with about as many cases as the page says', async () => {
    const output = await project.script('test');
    expect(output).toMatch(/^# fail 0$/m);
    const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
    expect(Math.abs(passed - 170)).toBeLessThan(25);
  });

  it('is used by name, as a value and by itself as the page shows', async () => {
    const tree = { 'README.md': btoa('Hello\n'), docs: { 'guide.md': btoa('Guide\n') } };
    await writeFile(join(consumer.directory, 'tree.json'), JSON.stringify(tree));
    await writeFile(join(consumer.directory, 'use.js'), files.get('use.js') ?? '');
    const { stdout } = await run(process.execPath, ['use.js'], { cwd: consumer.directory });
    expect(stdout).toBe("Hello\n\n[ 'README.md', 'docs' ]\ndirectory\n");
  });

  it('is used by the command as the page shows', async () => {
    const page = await readFile(join(checkout, 'docs', 'write-a-backend.md'), 'utf8');
    const [config = ''] = /\{ "plugins": \["mountkit-json"\].*\}/.exec(page) ?? [];
    const [, words = ''] = /^npx mountkit (tree .*)$/m.exec(page) ?? [];
    await writeFile(join(consumer.directory, 'mounts.json'), config);
    expect(await mountkit(words.split(' '), { cwd: consumer.directory })).toMatchObject({
      code: 0,
      stdout: expect.toSatisfy((bytes: Buffer) => bytes.toString().includes('guide.md')),
      stderr: '',
    });
  });

  it('has TypeScript that type-checks', async () => {
    const flags =
      '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2023 --skipLibCheck --types node';
    const types = join(checkout, 'node_modules', '@types');
    const tsc = join(checkout, 'node_modules', '.bin', 'tsc');
    const words = [...flags.split(' '), '--typeRoots', types, 'typed.ts'];
    await expect(run(tsc, words, { cwd: project.directory })).resolves.toMatchObject({ stdout: '' });
  });

  describe('asks an origin behind a network', () => {
    interface Answering {
      status: number;
      headers: Record<string, string>;
      body: string;
      silent: boolean;
    }
    const plain: Answering = { status: 200, headers: {}, body: '', silent: false };
    let answering: Answering = plain;
    let server: Server;
    let url: string;
    const seen: (string | undefined)[] = [];
    const events: RequestEvent[] = [];
    let asking: (baseUrl: string) => (...given: unknown[]) => Promise<Response | undefined>;
    let call: (options?: { signal?: AbortSignal }) => Promise<Response | undefined>;
    let read: (
      request: object,
      signal?: AbortSignal,
    ) => Promise<{ start: number; entry: object; body: AsyncIterable<Uint8Array> }>;

    beforeAll(async () => {
      server = createServer((request, response) => {
        seen.push(request.headers.authorization);
        const { status, headers, body, silent } = answering;
        if (!silent) response.writeHead(status, headers).end(body);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const moduleOf = (name: string): Promise<Record<string, (...given: unknown[]) => unknown>> =>
        import(pathToFileURL(join(project.directory, name)).href) as Promise<
          Record<string, (...given: unknown[]) => unknown>
        >;
      const { createRequest } = await moduleOf('request.js');
      const { readRange } = await moduleOf('read.js');
      const pass = { release: () => undefined };
      const context = {
        gate: () => ({ take: () => pass, report: () => undefined, pauseUntil: () => undefined }),
        clock: systemClock,
        onRequest: (event: RequestEvent) => events.push(event),
      };
      asking = (baseUrl) =>
        createRequest?.({ baseUrl, token: createSecret('canary') }, context) as ReturnType<typeof asking>;
      const request = asking(url);
      call = (options) => request('stat', '/a', `${url}a`, options);
      read = (range, signal) => readRange?.(request, `${url}a`, '/a', range, { signal }) as ReturnType<typeof read>;
    });
    afterAll(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });

    const bytesOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };

    it('with the credential, and tells each request', async () => {
      answering = { ...plain, body: 'hello' };
      expect(await (await call())?.text()).toBe('hello');
      expect(seen.at(-1)).toBe('Bearer canary');
      expect(events.at(-1)).toMatchObject({ status: 200, method: 'GET', origin: url.slice(0, -1) });
      expect(JSON.stringify(events)).not.toContain('canary');
    });

    it.each([
      [401, {}, { code: 'EACCES', reason: 'auth', retry: 'never' }],
      [403, {}, { code: 'EACCES', reason: 'auth', retry: 'never' }],
      [429, { 'retry-after': '7' }, { code: 'EIO', reason: 'throttled', retry: { afterMs: 7000 } }],
      [429, { 'retry-after': 'Fri, 01 Jan 2027 00:00:00 GMT' }, { reason: 'throttled', retry: { afterMs: 1000 } }],
      [503, {}, { code: 'EIO', reason: 'throttled', retry: { afterMs: 1000 } }],
      [500, {}, { code: 'EIO', reason: 'unavailable', retry: 'safe' }],
      [418, {}, { code: 'EIO', reason: undefined, retry: 'never' }],
      [302, { location: '/elsewhere' }, { code: 'EIO', reason: 'unavailable' }],
    ])('%i with %j is %j', async (status, headers, fields) => {
      answering = { ...plain, status, headers };
      const error = await call().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ op: 'stat', path: '/a', ...fields });
      expect(String(error)).not.toMatch(/canary|127\.0\.0\.1/);
    });

    it('404 is that nothing is there', async () => {
      answering = { ...plain, status: 404 };
      expect(await call()).toBeUndefined();
      await expect(read({})).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('a signal ends it before and while it is silent', async () => {
      answering = { ...plain, silent: true };
      await expect(call({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ECANCELED' });
      const controller = new AbortController();
      const arrived = once(server, 'request');
      const under = call({ signal: controller.signal }).catch((error: unknown) => error);
      await arrived;
      controller.abort();
      expect(await under).toMatchObject({ code: 'ECANCELED' });
    });

    it('an origin that is not there is an outage', async () => {
      const gone = createServer().listen(0, '127.0.0.1');
      await once(gone, 'listening');
      const baseUrl = `http://127.0.0.1:${(gone.address() as AddressInfo).port}/`;
      await new Promise((resolve) => gone.close(resolve));
      const error = await asking(baseUrl)('stat', '/a', `${baseUrl}a`).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'safe' });
    });

    it('its credential is given to no other origin', async () => {
      const before = seen.length;
      const error = await asking('http://127.0.0.1:1/')('stat', '/a', `${url}a`).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'EACCES', reason: 'auth' });
      expect(seen.length).toBe(before);
    });

    it('reads a part, and a whole where the server knows no parts', async () => {
      const etag = '"v1"';
      answering = { ...plain, status: 206, body: 'cde', headers: { etag, 'content-range': 'bytes 2-4/10' } };
      const part = await read({ offset: 2, length: 3 });
      expect(part).toMatchObject({
        start: 2,
        entry: { size: 10, sizeKind: 'exact', version: { token: etag, strength: 'strong' } },
      });
      expect(await bytesOf(part.body)).toBe('cde');
      answering = { ...plain, body: 'abcdefghij', headers: { etag: 'W/"v1"', 'content-length': '10' } };
      const whole = await read({ offset: 2, length: 3 });
      expect(whole).toMatchObject({ start: 0, entry: { size: 10, version: { strength: 'weak' } } });
      expect(await bytesOf(whole.body)).toBe('abcdefghij');
    });

    it('refuses another version, another part and compressed bytes', async () => {
      answering = { ...plain, status: 206, body: 'cde', headers: { etag: '"v2"', 'content-range': 'bytes 2-4/10' } };
      const pin = { token: '"v1"', strength: 'strong' };
      await expect(read({ offset: 2, length: 3, pin })).rejects.toMatchObject({ code: 'ESTALE' });
      answering = { ...plain, status: 206, body: 'cde' };
      await expect(read({ offset: 2, length: 3 })).rejects.toMatchObject({ code: 'EIO', reason: 'integrity' });
      answering = { ...plain, body: 'cde', headers: { 'content-encoding': 'x' } };
      await expect(read({})).rejects.toMatchObject({ code: 'EIO', reason: 'integrity' });
    });
  });
});
