import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeName, type Entry, type FsBackend, FsError, isNotModified, joinPath } from '@mountkit/core';
import { fileSystemFrom } from '@mountkit/loader';
import {
  makeTree,
  probeRealServer,
  REAL_SERVER_KINDS,
  type RealServerKind,
  sha256Of,
  startRealServer,
  type Tree,
} from '@mountkit/test-http-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpBackend } from '../src/index.ts';
import { http } from '../src/node.ts';
import { createTestContext, type TestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole, wanted } from './whole.ts';

const probes = new Map(
  await Promise.all(REAL_SERVER_KINDS.map(async (kind) => [kind, await probeRealServer(kind)] as const)),
);
const readme = join(import.meta.dirname, '..', 'README.md');
const header = [
  '| Server | Sizes in listings | Versions | Ranges | Not listed | Listed under another name | Listed, not readable | `index.html` | A stat after the listing |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
];

let root: string;
let tree: Tree;
const rows = new Map<RealServerKind, string>();
/** What a stat of a listed file costs through every layer. */
const stats = new Map<RealServerKind, string>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mountkit-http-'));
  tree = await makeTree(root, { seed: 7 });
}, 60_000);
afterAll(async () => rm(root, { recursive: true, force: true }));

/** What a server could not do, in words that fit a table. */
class Findings {
  readonly unlisted = new Set<string>();
  readonly renamed = new Set<string>();
  readonly unreadable = new Set<string>();
  readonly sizes = new Set<string>();
  readonly versions = new Set<string>();
  ranges = '';
  index = '';
}

function labelOf(name: string): string {
  if (name.startsWith('%!')) return 'names that are not UTF-8';
  if (/[\p{Cc}\u2400-\u2421]/u.test(name)) return 'control characters';
  if (name.startsWith('.')) return 'dotfiles';
  if (/[~#]$/.test(name)) return 'names ending in `~` or `#`';
  return `\`${name}\``;
}

/** Every file of the tree with the path it is mounted under; those without UTF-8 names escaped. */
function everyFile(): readonly { readonly path: string; readonly size: number; readonly sha256: string }[] {
  return [
    ...Array.from(tree.files.values(), ({ path, size, sha256 }) => ({ path: `/${path}`, size, sha256 })),
    ...tree.rawNamed.map(({ directory, name, size, sha256 }) => ({
      path: `/${directory}/${encodeName(name)}`,
      size,
      sha256,
    })),
  ];
}

function mountOf(kind: RealServerKind, url: string, context: TestContext): FsBackend {
  return createHttpBackend({ url: kind.endsWith('webdav') ? `webdav+${url}` : url }, context);
}

/** Everything that is listed, by its path. */
async function walk(backend: FsBackend, findings: Findings): Promise<ReadonlyMap<string, Entry>> {
  const found = new Map<string, Entry>();
  const left = ['/'];
  for (let directory = left.pop(); directory !== undefined; directory = left.pop()) {
    let entries: readonly Entry[];
    try {
      ({ entries } = await backend.list(directory, {}, {}));
    } catch (error) {
      // The one listing that may be refused is the hidden one.
      expect(error).toMatchObject({ code: 'ENOTSUP' });
      expect(directory).toBe('/indexed');
      findings.index = 'hides the listing';
      continue;
    }
    if (directory === '/indexed') findings.index = 'is listed';
    for (const entry of entries) {
      const path = joinPath(directory, entry.path);
      expect(found.has(path)).toBe(false);
      found.set(path, entry);
      if (entry.type === 'directory') left.push(path);
    }
  }
  return found;
}

for (const kind of REAL_SERVER_KINDS) {
  const probe = probes.get(kind);
  const reason = probe?.available === true ? '' : `: ${probe?.reason ?? 'unknown'}`;
  describe.skipIf(reason !== '')(`${kind}${reason}`, () => {
    test('one tree lists completely and reads back byte for byte, but for what the README says', async () => {
      await using server = await startRealServer(kind, { root });
      const context = createTestContext({ firstByteMs: 10_000, idleMs: 10_000 });
      const backend = mountOf(kind, server.url, context);
      const findings = new Findings();
      const listed = await walk(backend, findings);
      const present = new Map(everyFile().map((file) => [file.path, file]));
      const digests = new Set(Array.from(present.values(), ({ sha256 }) => sha256));

      for (const { path, sha256, size } of present.values()) {
        const name = path.slice(path.lastIndexOf('/') + 1);
        const entry = listed.get(path);
        const above = path.split('/').slice(0, -1);
        const isHidden = path.startsWith('/indexed/') && findings.index === 'hides the listing';
        if (entry === undefined && !isHidden)
          findings.unlisted.add(
            labelOf(above.slice(1).find((_, index) => !listed.has(above.slice(0, index + 2).join('/'))) ?? name),
          );
        if (entry?.sizeKind === 'exact') expect(entry.size).toBe(size);
        if (entry !== undefined) findings.sizes.add(entry.sizeKind);
        const isSampled = !path.startsWith('/crowd/') || path.endsWith('7.txt');
        if (!isSampled) continue;
        const answer = await readWhole(backend, path).catch((error: unknown) => error);
        if (answer instanceof Error) {
          expect(answer).toBeInstanceOf(FsError);
          findings.unreadable.add(labelOf(name));
          continue;
        }
        // Right bytes or an error: a server that can't express a name may refuse it, but nothing may be wrong.
        const { bytes, entry: read } = answer as Awaited<ReturnType<typeof readWhole>>;
        expect(sha256Of(bytes)).toBe(sha256);
        expect(read).toMatchObject({ path: '', type: 'file', size, sizeKind: 'exact' });
        findings.versions.add(read.version?.strength ?? 'none');
        const stat = await backend.stat(path, {}, {});
        expect(stat).toMatchObject({ type: 'file', size, sizeKind: 'exact' });
        if (!isNotModified(stat)) expect(stat.version).toEqual(read.version);
        if (entry?.version !== undefined) expect(entry.version).toEqual(read.version);
      }
      for (const [path, entry] of listed) {
        if (entry.type !== 'file' || present.has(path)) continue;
        // Listed under a name it does not have on the disk: it is readable under that, and it is one of the tree.
        findings.renamed.add(labelOf(path.slice(path.lastIndexOf('/') + 1)));
        expect(digests).toContain(sha256Of((await readWhole(backend, path)).bytes));
      }
      for (const label of findings.renamed) {
        findings.unlisted.delete(label);
        findings.unreadable.delete(label);
      }
      for (const [path, children] of tree.directories) {
        if (!listed.has(`/${path}`) || path === 'raw') continue;
        expect(await backend.stat(`/${path}`, {}, {})).toMatchObject({ type: 'directory' });
        if (children.length === 0) expect((await backend.list(`/${path}`, {}, {})).entries).toEqual([]);
      }

      const big = tree.files.get('big/50MB.bin');
      const middle = await readWhole(backend, '/big/50MB.bin', { offset: 30_000_000, length: 70_000 });
      expect(wanted(middle, 30_000_000, 70_000).byteLength).toBe(70_000);
      findings.ranges = middle.start === 30_000_000 ? 'yes' : 'no';
      expect(middle.entry.size).toBe(big?.size);
      await backend.close?.();
      rows.set(kind, rowOf(kind, findings));
    }, 60_000);

    test('`ls -l` of 2,000 files is one request, a cold read of a small file one, a warm one a condition', async () => {
      await using server = await startRealServer(kind, { root });
      const context = createTestContext({ firstByteMs: 10_000 });
      const backend = mountOf(kind, server.url, context);
      expect((await backend.list('/crowd', {}, {})).entries).toHaveLength(2_000);
      expect(context.requests).toHaveLength(1);
      const { entry } = await readWhole(backend, '/README.md', { offset: 0, length: 65_536 });
      expect(context.requests).toHaveLength(2);
      if (entry.version === undefined) return;
      expect(
        isNotModified(await backend.read('/README.md', { offset: 0, length: 65_536, ifNot: entry.version }, {})),
      ).toBe(true);
      expect(context.requests).toHaveLength(3);
      await backend.close?.();
    }, 30_000);

    test('`ls -l` shows what the listing tells for one request; who asks for each file pays only where that is not exact', async () => {
      await using server = await startRealServer(kind, { root });
      const fs = await fileSystemFrom(http, { url: kind.endsWith('webdav') ? `webdav+${server.url}` : server.url });
      const requests = (): number => fs.stats().mounts[0]?.requests ?? 0;
      const entries = await fs.readdir('/crowd');
      expect([entries.length, requests()]).toEqual([2_000, 1]);
      for (const { name, sizeKind, size } of entries.slice(0, 20)) {
        const stat = await fs.stat(`/crowd/${name}`);
        expect(stat).toMatchObject({ sizeKind: 'exact', size: tree.files.get(`crowd/${name}`)?.size });
        if (sizeKind === 'exact') expect(size).toBe(stat.size);
      }
      expect([0, 20]).toContain(requests() - 1);
      const isSmallFree = requests() === 1;
      await fs.readdir('/big');
      const before = requests();
      expect((await fs.stat('/big/50MB.bin')).size).toBe(50 * 1024 * 1024);
      const isBigFree = requests() === before;
      const mixed = isSmallFree === isBigFree ? undefined : 'free where it is small, else one HEAD';
      stats.set(kind, mixed ?? (isBigFree ? 'free' : 'one HEAD'));
      await fs.close();
    }, 30_000);

    test('killed in mid-read it is an error, never a short file; then nothing is ENOENT', async () => {
      await using server = await startRealServer(kind, { root });
      const context = createTestContext();
      const backend = mountOf(kind, server.url, context);
      const answer = await backend.read('/big/50MB.bin', {}, {});
      if (isNotModified(answer)) throw new Error('nothing was known');
      let got = 0;
      const end = await errorOf(async () => {
        for await (const chunk of answer.body) {
          if (got === 0) await server.stop();
          got += chunk.byteLength;
        }
      });
      expect(end).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'safe' });
      expect(got).toBeLessThan(50 * 1024 * 1024);
      for (const call of [
        () => backend.stat('/README.md', {}, {}),
        () => backend.list('/', {}, {}),
        () => backend.read('/README.md', {}, {}),
      ]) {
        expect(await errorOf(call)).toMatchObject({ code: 'EIO', reason: 'unavailable' });
      }
      await backend.close?.();
    }, 30_000);

    test('nothing is below a file: neither a file, nor a directory, nor the file itself once more', async () => {
      await using server = await startRealServer(kind, { root });
      const context = createTestContext();
      const backend = mountOf(kind, server.url, context);
      const below = ['/README.md/x', '/README.md/x/y', '/crowd/entry-0007.txt/x'];
      for (const path of below) {
        for (const call of [
          () => backend.stat(path, {}, {}),
          () => backend.read(path, {}, {}),
          () => backend.read(path, { offset: 0, length: 5 }, {}),
          () => backend.list(path, {}, {}),
        ]) {
          expect(`${path} ${((await errorOf(call)) as FsError).code}`).toMatch(/ (?:ENOTDIR|ENOENT)$/);
        }
      }
      expect(((await errorOf(() => backend.list('/README.md', {}, {}))) as FsError).code).toBe('ENOTDIR');
      await backend.close?.();
    });

    test.runIf(kind.endsWith('webdav'))('what is below a file is not there, and neither is its listing', async () => {
      await using server = await startRealServer(kind, { root });
      const context = createTestContext();
      const backend = mountOf(kind, server.url, context);
      expect(await errorOf(() => backend.list('/README.md', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
      expect(await errorOf(() => backend.list('/nowhere', {}, {}))).toMatchObject({ code: 'ENOENT' });
      expect(context.requests.length).toBeLessThanOrEqual(4);
      const below = await errorOf(() => backend.stat('/README.md/x', {}, {}));
      expect((below as FsError).code).toMatch(/^(?:ENOTDIR|ENOENT)$/);
      await backend.close?.();
    });
  });
}

const allThere = REAL_SERVER_KINDS.every((kind) => probes.get(kind)?.available === true);
test.skipIf(!allThere)('the table of the README is what the runs gave', async () => {
  const table = [...header, ...REAL_SERVER_KINDS.map((kind) => `${rows.get(kind)} ${stats.get(kind)} |`)].join('\n');
  const text = await readFile(readme, 'utf8');
  const [before, rest] = text.split('<!-- servers -->\n');
  const [, after] = (rest ?? '').split('<!-- /servers -->');
  const next = `${before}<!-- servers -->\n\n${table}\n\n<!-- /servers -->${after}`;
  if (process.env['WRITE_SERVER_TABLE'] === '1') await writeFile(readme, next);
  expect(narrow(await readFile(readme, 'utf8'))).toBe(narrow(next));
});

/** Without the padding a formatter puts into tables. */
function narrow(text: string): string {
  return text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');
}

function rowOf(
  kind: RealServerKind,
  { index, ranges, renamed, sizes, unlisted, unreadable, versions }: Findings,
): string {
  const list = (labels: ReadonlySet<string>): string => [...labels].sort().join(', ') || '-';
  const sizeText = sizes.has('unknown') ? 'none' : sizes.has('estimate') ? 'rounded' : 'exact';
  const cells = [kind, sizeText, list(versions), ranges, list(unlisted), list(renamed), list(unreadable), index];
  return `| ${cells.join(' | ')} |`;
}
