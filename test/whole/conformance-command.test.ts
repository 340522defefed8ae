import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { fixtureTree, manifestOf, type Report } from '@mountkit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mountkit } from './command.ts';

const token = 'tok_test_command_0b9d77';
let folder: string;
let server: FaultServer;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mountkit-test-command-'));
  const files: Record<string, Uint8Array> = {};
  for (const [path, node] of fixtureTree().nodes) if (node.type === 'file') files[path.slice(1)] = node.bytes;
  server = await startFaultServer({ files, listing: 'nginx-json' });
  config = await write('mounts.json', {
    mounts: { '/ref': { type: 'http', url: server.url, auth: { bearer: { env: 'TEST_TOKEN' } } } },
  });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function write(name: string, content: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(content));
  return file;
}

const env = { TEST_TOKEN: token };

describe('mountkit test, against a remote as it is', () => {
  test('passes, says what was skipped and why, and writes a table and a badge', async () => {
    const [markdown, badge] = [join(folder, 'report.md'), join(folder, 'badge.json')];
    const { code, stdout, stderr } = await mountkit(['test', config, '--markdown', markdown, '--badge', badge], {
      env,
    });
    expect([code, stderr]).toEqual([0, '']);
    const text = stdout.toString();
    expect(text).toContain('http at /ref\n');
    expect(text).toContain('a URL below a file is 404');
    expect(text).toMatch(/ {2}\d{2,} passed, 0 failed, \d+ skipped, \d+ do not apply\n$/);
    expect(await readFile(markdown, 'utf8')).toContain('| `walk.content` |');
    expect(JSON.parse(await readFile(badge, 'utf8'))).toMatchObject({ schemaVersion: 1, color: 'green' });
    expect(text + (await readFile(markdown, 'utf8'))).not.toContain(token);
  });

  test('looks for the credential of the config', async () => {
    const { code, stdout } = await mountkit(['test', config, '--json'], { env });
    const { ok, reports } = JSON.parse(stdout.toString()) as { ok: boolean; reports: Report[] };
    expect([code, ok]).toEqual([0, true]);
    const rows = reports.flatMap((report) => report.rows).filter(({ id }) => id === 'secrets.errors');
    expect(rows.map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass']);
  });

  test('tests every mount, and those of --mount', async () => {
    const several = await write('several.json', {
      mounts: {
        '/flat': { type: 'memory', files: { '/a.txt': 'one\n' } },
        '/deep': { type: 'memory', files: { '/a/b/c.txt': 'two\n', '/a/empty': '' } },
      },
    });
    const { code, stdout, stderr } = await mountkit(['test', several, '--mount', `/ref=${server.url}`]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.toString().match(/^\w+ at .*$/gm)).toEqual(['memory at /flat', 'memory at /deep', 'http at /ref']);
  });

  test('a remote that is out of reach is no failure of the backend', async () => {
    await server.down();
    try {
      const { code, stderr } = await mountkit(['test', config], { env });
      expect(code).toBe(74);
      expect(stderr).toMatch(/^mountkit: .*unavailable/);
    } finally {
      await server.up();
    }
  });

  test('a remote without a file is told of', async () => {
    const empty = await write('empty.json', { mounts: { '/m': { type: 'memory', files: {} } } });
    const { code, stderr } = await mountkit(['test', empty]);
    expect(code).toBe(1);
    expect(stderr).toContain('there is no file with content');
  });
});

describe('mountkit test, against the tree of the kit', () => {
  test('writes it, with its manifest', async () => {
    const directory = join(folder, 'fixture');
    const { code, stdout } = await mountkit(['test', '--write-fixture', directory]);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('--manifest');
    expect(JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))).toEqual(manifestOf(fixtureTree()));
    expect(await readFile(join(directory, 'tree', 'docs', 'guide.md'), 'utf8')).toBe('One line.\nAnother line.\n');
  });

  test('finds what the remote shows beside it, names the case, the path and what to look at first', async () => {
    const manifest = await write('tree.json', manifestOf(fixtureTree()));
    server.files.set('docs/more.txt', Buffer.from('more'));
    try {
      const { code, stdout, stderr } = await mountkit(['test', config, '--manifest', manifest], { env });
      expect([code, stderr]).toEqual([1, '']);
      expect(stdout.toString()).toContain('FAIL  list.nothing-else (raw)   <- look at this one first');
      expect(stdout.toString()).toContain(`- '/docs' lists "more.txt", which is not there`);
    } finally {
      server.files.remove('docs/more.txt');
    }
  });

  test('passes where the remote holds just that, with request budgets', async () => {
    const manifest = await write('tree.json', manifestOf(fixtureTree()));
    const { code, stdout } = await mountkit(['test', config, '--manifest', manifest], { env });
    expect(stdout.toString()).not.toContain('FAIL');
    expect(stdout.toString()).toMatch(/budgets \d/);
    expect(code).toBe(0);
  });

  test('a remote that holds something else is named, file by file', async () => {
    const own = [{ path: '/README.md', type: 'file', size: 3, sha256: '0'.repeat(64) }];
    const { code, stderr } = await mountkit(['test', config, '--manifest', await write('own.json', own)], { env });
    expect(code).toBe(74);
    expect(stderr).toContain("'/README.md' has another SHA-256");
  });

  test.each([
    ['a file that is none', ['--manifest', '/does/not/exist'], 1, '/does/not/exist'],
    ['JSON that is no manifest', ['--manifest', 'CONFIG'], 1, 'the manifest is no list'],
    ['a skip of no case', ['--skip', 'walk.nothing=it is not there'], 78, "the case 'walk.nothing'"],
    ['a skip without a reason', ['--skip', 'walk.time'], 64, 'CASE=REASON'],
    ['two configs', ['--config', 'other.json'], 78, 'two configs'],
  ])('refuses %s', async (_, words, exit, message) => {
    const { code, stderr } = await mountkit(['test', config, ...words.map((word) => word.replace('CONFIG', config))], {
      env,
    });
    expect(stderr).toContain(message);
    expect(code).toBe(exit);
  });

  test('a declared skip is shown with its reason', async () => {
    const small = await write('small.json', { mounts: { '/m': { type: 'memory', files: { '/a.txt': 'one\n' } } } });
    const { code, stdout } = await mountkit(['test', small, '--skip', 'walk.time=nobody looks at times here']);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('nobody looks at times here:\n        walk.time');
  });
});
