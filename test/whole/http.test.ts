import { copyBytes, isFsError, systemClock } from '@mountkit/core';
import { defineHttp } from '@mountkit/http';
import { load as loadWith } from '@mountkit/loader';
import {
  type Fault,
  type FaultScope,
  type FaultServer,
  type HttpServerHandle,
  makeTree,
  probeRealServer,
  seededBytes,
  startFaultServer,
  startRealServer,
  type Tree,
} from '@mountkit/test-http-server';
import { load } from 'mountkit';
import { createFileSystem } from 'mountkit/http';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const probe = await probeRealServer('python');

describe.skipIf(!probe.available)(`an HTTP tree, served by python http.server ${probe.reason ?? ''}`, () => {
  let root: string;
  let server: HttpServerHandle;
  let tree: Tree;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mountkit-http-'));
    tree = await makeTree(root, { seed: 1, bigFileBytes: 9 * 1024 * 1024, crowdSize: 50 });
    server = await startRealServer('python', { root });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('is mounted by its URL from the command line', async () => {
    const { code, stdout, stderr } = await mountkit([
      'exec',
      '--mount',
      `/ref=${server.url}`,
      '--',
      'ls /ref/crowd | wc -l',
    ]);
    expect([code, stdout.toString().trim(), stderr]).toEqual([0, '50', '']);
  });

  it('mountkit/http gives one ready to be mounted', async () => {
    const fs = await createFileSystem({ url: server.url });
    expect((await fs.stat('/crowd')).type).toBe('directory');
    await fs.close();
  });

  it('with a manifest of mountkit index every file lists with its size and reads back with its digest, and a changed byte is an error', async () => {
    const indexed = await mountkit(['index', root]);
    expect([indexed.code, indexed.stdout.toString()]).toEqual([0, expect.stringContaining('mountkit.index.json: ')]);
    const ns = await load({ mounts: { '/ref': `${server.url}mountkit.index.json` } });
    try {
      let read = 0;
      for (const [path, { size, sha256: expected }] of tree.files) {
        // Python cannot serve names with control characters by their own URL; a manifest cannot help there.
        if (/\p{Cc}/u.test(path)) continue;
        expect(`${path} ${(await ns.stat(`/ref/${path}`)).size}`).toBe(`${path} ${size}`);
        expect(`${path} ${sha256(copyBytes([await ns.readFile(`/ref/${path}`)]))}`).toBe(`${path} ${expected}`);
        read += 1;
      }
      expect(read).toBeGreaterThan(50);
    } finally {
      await ns.close();
    }
    await writeFile(join(root, 'changed.txt'), 'as it was\n');
    expect((await mountkit(['index', root])).code).toBe(0);
    await appendFile(join(root, 'changed.txt'), 'and more\n');
    const { code, stdout, stderr } = await mountkit([
      'cat',
      '-m',
      `/ref=${server.url}mountkit.index.json`,
      '/ref/changed.txt',
    ]);
    expect([code, stdout.toString()]).toEqual([74, '']);
    expect(stderr).toMatch(/^mountkit: (?:EIO|ESTALE): /);
  }, 60_000);

  it('a server that is down is no missing file', async () => {
    const { code, stderr } = await mountkit(['cat', '-m', '/ref=http://127.0.0.1:9/', '/ref/x']);
    expect(code).toBe(74);
    expect(stderr).toMatch(/^mountkit: EIO: input\/output error \(unavailable\), /);
  });

  it('index says what is wrong with its directory, and not where it is', async () => {
    const { code, stderr } = await mountkit(['index', join(root, 'nowhere')]);
    expect([code, stderr]).toEqual([
      1,
      'mountkit: ENOENT: no such file or directory, index: the directory cannot be read or written\n',
    ]);
  });
});

describe('what a mount of a web server costs', () => {
  let server: FaultServer;
  beforeAll(async () => {
    const crowd = Array.from({ length: 2_000 }, (_, index) => [`crowd/${index}.txt`, `file ${index}`] as const);
    server = await startFaultServer({ files: Object.fromEntries(crowd), listing: 'nginx-json' });
  });
  afterAll(async () => server.stop());

  it('`ls -l` of 2,000 files is one request, a cold cat one, a warm one a condition', async () => {
    let laterMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + laterMs };
    const ns = await load({ mounts: { '/ref': server.url } }, { clock });
    for (const { name } of await ns.readdir('/ref/crowd')) await ns.stat(`/ref/crowd/${name}`);
    expect(server.counters().requests).toBe(1);
    server.resetCounters();
    await ns.readFile('/ref/crowd/7.txt');
    await ns.readFile('/ref/crowd/7.txt');
    // What is known is believed for a minute; then it is asked for again.
    laterMs = 3_600_000;
    await ns.readFile('/ref/crowd/7.txt');
    expect(server.requests.map(({ method, status }) => `${method} ${status}`)).toEqual(['GET 206', 'GET 304']);
    await ns.close();
  });

  it('with a manifest everything warm is free', async () => {
    let laterMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + laterMs };
    const ns = await load({ mounts: { '/ref': server.manifestUrl } }, { clock });
    await ns.readFile('/ref/crowd/7.txt');
    server.resetCounters();
    laterMs = 3_600_000;
    await ns.readFile('/ref/crowd/7.txt');
    for (const { name } of await ns.readdir('/ref/crowd')) await ns.stat(`/ref/crowd/${name}`);
    expect(server.counters().requests).toBe(0);
    await ns.close();
  });
});

const big = seededBytes(1, 'big', 600_000);
const faults: readonly { readonly name: string; readonly fault: Fault; readonly scope?: FaultScope }[] = [
  { name: 'no ranges', fault: { kind: 'ignore-range' } },
  { name: 'a wrong Content-Range', fault: { kind: 'content-range', startBy: 1, endBy: 1 } },
  { name: 'no Content-Range', fault: { kind: 'content-range', value: null } },
  { name: 'short ranges', fault: { kind: 'short-range', bytes: 100_000 } },
  { name: 'several ranges', fault: { kind: 'multipart' } },
  { name: '416 of every range', fault: { kind: 'unsatisfiable' } },
  { name: 'no validator', fault: { kind: 'validators', send: 'none' } },
  { name: 'another ETag each time', fault: { kind: 'etag-flip' } },
  { name: 'gzip of all', fault: { kind: 'gzip', form: 'whole' } },
  { name: 'gzip of a slice', fault: { kind: 'gzip', form: 'slice' } },
  { name: 'a lying length', fault: { kind: 'content-length', by: -10 } },
  { name: 'a cut body, once', fault: { kind: 'cut', afterBytes: 1_000 }, scope: { times: 1 } },
  { name: 'a cut body, always', fault: { kind: 'cut', afterBytes: 1_000 } },
  { name: 'a reset, once', fault: { kind: 'reset', afterBytes: 1_000 }, scope: { times: 1 } },
  { name: 'a reset before the head, always', fault: { kind: 'reset', afterBytes: -1 } },
  { name: 'a login page', fault: { kind: 'login-page' } },
  { name: '429 for a while', fault: { kind: 'status', status: 429, retryAfter: 0 }, scope: { times: 2 } },
  { name: '503 for an hour', fault: { kind: 'status', status: 503, retryAfter: 3_600 } },
  { name: '403', fault: { kind: 'status', status: 403 } },
  { name: 'HEAD refused', fault: { kind: 'status', status: 405 }, scope: { methods: ['HEAD'] } },
  { name: 'a redirect loop', fault: { kind: 'redirect-loop' } },
  { name: 'a redirect to a file', fault: { kind: 'redirect', location: 'file:///etc/passwd' } },
];

describe('through every layer', () => {
  let server: FaultServer;
  beforeAll(async () => {
    server = await startFaultServer({ files: { 'big.bin': big, 'dir/a.txt': 'a' } });
  });
  afterAll(async () => server.stop());

  it.each(faults)('$name ends in right bytes or a clear error', async ({ fault, scope }) => {
    const calls: readonly ((ns: Awaited<ReturnType<typeof load>>) => Promise<Uint8Array | number>)[] = [
      async (ns) => ns.readFile('/ref/big.bin'),
      async (ns) => {
        const file = await ns.open('/ref/big.bin');
        const parts: Uint8Array[] = [];
        for (let offset = 0; offset < big.length; offset += 150_000)
          parts.push(copyBytes([await file.read(offset, 150_000)]));
        await file.close();
        return Buffer.concat(parts);
      },
      async (ns) => (await ns.stat('/ref/dir')).size,
    ];
    for (const call of calls) {
      server.clearFaults();
      server.fault('*', fault, scope);
      const ns = await load({ mounts: { '/ref': server.url } }, { layers: { retry: { baseMs: 1 } } });
      const outcome = await call(ns).catch((error: unknown) => error);
      if (outcome instanceof Uint8Array) expect(Buffer.compare(outcome, big)).toBe(0);
      else if (typeof outcome !== 'number') {
        expect(isFsError(outcome)).toBe(true);
        expect((outcome as Error).message).not.toMatch(/ENOENT|127\.0\.0\.1/);
      }
      await ns.close();
    }
  });

  it('a change in mid-read is ESTALE', async () => {
    server.clearFaults();
    const ns = await load({ mounts: { '/ref': server.url } });
    const file = await ns.open('/ref/big.bin');
    await file.read(0, 10);
    server.files.set('big.bin', big.toReversed());
    await expect((async () => file.read(300_000, 10))()).rejects.toMatchObject({ code: 'ESTALE' });
    await ns.close();
    server.files.set('big.bin', big);
  });

  it("'public-only' vets what the resolver says", async () => {
    server.clearFaults();
    server.resetCounters();
    const url = `http://files.example:${new URL(server.url).port}/`;
    for (const [address, network, ends] of [
      ['127.0.0.1', 'public-only', 'EACCES'],
      ['169.254.169.254', 'public-only', 'EACCES'],
      ['::ffff:10.0.0.1', 'public-only', 'EACCES'],
      ['127.0.0.1', ['10.0.0.0/8'], 'EACCES'],
      ['127.0.0.1', ['files.example'], 'a'],
    ] as const) {
      const http = defineHttp({ lookup: async () => [address] });
      const ns = await loadWith(
        { mounts: { '/ref': { type: 'http', url, network } } },
        { backends: { http: async () => http } },
      );
      const outcome = await (async () => ns.readFile('/ref/dir/a.txt'))().catch((error: unknown) => error);
      expect(outcome instanceof Uint8Array ? Buffer.from(outcome).toString() : (outcome as { code: string }).code).toBe(
        ends,
      );
      await ns.close();
    }
    expect(server.counters().requests).toBe(1);
  });
});

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('over TLS', () => {
  it('a server is read when its certificate is vouched for, at an address that was vetted, and else refused', async () => {
    const home = await mkdtemp(join(tmpdir(), 'mountkit-tls-'));
    const [key, cert, config] = [join(home, 'key.pem'), join(home, 'cert.pem'), join(home, 'mounts.json')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => {
      response.writeHead(200, { 'content-length': 6, etag: '"1"' }).end('hello\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    await writeFile(
      config,
      JSON.stringify({ mounts: { '/ref': { type: 'http', url, network: ['127.0.0.0/8', '::1'] } } }),
    );
    try {
      const words = ['cat', '--config', config, '/ref/hello.txt'];
      const trusted = await mountkit(words, { env: { NODE_EXTRA_CA_CERTS: cert } });
      expect([trusted.code, trusted.stdout.toString(), trusted.stderr]).toEqual([0, 'hello\n', '']);
      const refused = await mountkit(words);
      expect([refused.code, refused.stdout.toString()]).toEqual([74, '']);
      expect(refused.stderr).toContain('EIO: input/output error (integrity)');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(home, { recursive: true });
    }
  });
});

describe('mountkit index', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mountkit-index-'));
  });
  afterAll(async () => rm(root, { recursive: true, force: true }));

  it('is the same each time, leaves out links and what an earlier run left, and says so', async () => {
    await writeFile(join(root, '100% "odd" ?#é.txt'), 'odd');
    await mkdir(join(root, 'empty'));
    await symlink('/etc/passwd', join(root, 'a-link'));
    await writeFile(join(root, 'mountkit.index.json.1.tmp'), '{"v":1,');
    const first = await mountkit(['index', root]);
    expect([first.code, first.stderr]).toEqual([0, 'mountkit: left out: a-link is no regular file\n']);
    const text = await readFile(join(root, 'mountkit.index.json'), 'utf8');
    const { entries } = JSON.parse(text) as { readonly entries: readonly { readonly path: string }[] };
    expect(entries.map(({ path }) => path)).toEqual(['100% "odd" ?#é.txt', 'empty/']);
    await mountkit(['index', root]);
    expect(await readFile(join(root, 'mountkit.index.json'), 'utf8')).toBe(text);
    await rm(join(root, 'mountkit.index.json.1.tmp'));
  });

  it('leaves nothing half-done behind when it is interrupted', async () => {
    const before = await readFile(join(root, 'mountkit.index.json'), 'utf8');
    await writeFile(join(root, 'large'), '');
    // Sparse, and more than can be read before the signal comes.
    await truncate(join(root, 'large'), 2 ** 36);
    const { code, stdout, stderr } = await mountkit(['index', root], {
      // It has read past the link, and is at the large file or about to be.
      onStart: (child) => child.stderr?.once('data', () => child.kill('SIGINT')),
    });
    expect([code, stdout.toString(), stderr]).toEqual([130, '', 'mountkit: left out: a-link is no regular file\n']);
    expect(await readFile(join(root, 'mountkit.index.json'), 'utf8')).toBe(before);
    expect((await readdir(root)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await rm(join(root, 'large'));
  });

  it('takes its own file away when it cannot be put in place', async () => {
    await rm(join(root, 'mountkit.index.json'));
    await mkdir(join(root, 'mountkit.index.json', 'in-the-way'), { recursive: true });
    const { code } = await mountkit(['index', root]);
    expect(code).toBe(1);
    expect((await readdir(root)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
