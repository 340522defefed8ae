import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  big,
  catFile,
  empty,
  flat,
  fromCheckout,
  fromPackage,
  generate,
  lsTree,
  startGitHubServer,
  thousand,
  wide,
  zoo,
} from '../src/index.ts';
import type { Fixture, GitHubServer } from '../src/index.ts';

let server: GitHubServer;
let folder: string;
const made: Fixture[] = [];

beforeAll(async () => {
  server = await startGitHubServer();
  folder = await mkdtemp(join(tmpdir(), 'mountkit-fixtures-test-'));
});

afterAll(async () => {
  await server.close();
  await Promise.all(made.map(async (fixture) => fixture.remove()));
  expect(made.filter((fixture) => existsSync(fixture.gitDir))).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

const keep = <T extends Fixture>(fixture: T): T => {
  made.push(fixture);
  return fixture;
};

const env = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
// Never synchronous: the server that git talks to lives in this process.
const git = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('git', args, { env, cwd: folder, timeout: 60_000 })).stdout;
const tree = async (
  repository: string,
  path: string,
): Promise<{ truncated: boolean; tree: readonly { path: string; type: string }[] }> =>
  (await (await fetch(`${server.url}/repos/${repository}/git/trees/${path}`)).json()) as Awaited<
    ReturnType<typeof tree>
  >;

it('the zoo is the same on every machine', async () => {
  const [one, two] = [keep(await zoo()), keep(await zoo())];
  expect(one.head).toBe(two.head);
  expect(one.gitDir).not.toBe(two.gitDir);
  await git('--git-dir', one.gitDir, 'fsck', '--full');
  const facts = await lsTree(one.gitDir, 'HEAD');
  expect(new Set(facts.map((fact) => fact.mode))).toEqual(new Set(['040000', '100644', '100755', '120000', '160000']));
  const longest = Math.max(
    ...facts.flatMap((fact) =>
      fact.path
        .toString('latin1')
        .split('/')
        .map((name) => name.length),
    ),
  );
  expect(longest).toBe(255);
});

it('the wide tree is cut as a whole, and whole below each of its directories', { timeout: 60_000 }, async () => {
  const fixture = keep(await wide());
  server.addRepository('big/wide', { gitDir: fixture.gitDir });
  const whole = await tree('big/wide', 'main?recursive=1');
  expect(whole.truncated).toBe(true);
  expect(whole.tree.length).toBeLessThanOrEqual(100_000);
  expect((await lsTree(fixture.gitDir, 'HEAD')).length).toBe(120_132);
  const root = await tree('big/wide', 'main');
  expect([root.truncated, root.tree.length]).toEqual([false, 12]);
  const part = await tree('big/wide', 'main%3Adir-11?recursive=1');
  expect([part.truncated, part.tree.length]).toEqual([false, 10_010]);
});

it('the flat directory is more than any call returns', { timeout: 60_000 }, async () => {
  const fixture = keep(await flat());
  server.addRepository('big/flat', { gitDir: fixture.gitDir });
  for (const path of ['main?recursive=1', 'main%3Aflat?recursive=1', 'main%3Aflat']) {
    expect((await tree('big/flat', path)).truncated).toBe(true);
  }
  const small = keep(await flat(10));
  expect(await lsTree(small.gitDir, 'HEAD')).toHaveLength(12);
});

it('the empty repository has no commit', async () => {
  const fixture = keep(await empty());
  expect(fixture.head).toBe('');
  await expect(git('--git-dir', fixture.gitDir, 'rev-parse', '--verify', '--quiet', 'HEAD')).rejects.toThrow();
});

it('the big blob is refused by the REST routes and fetched by git', { timeout: 60_000 }, async () => {
  const fixture = keep(await big());
  server.addRepository('big/blob', { gitDir: fixture.gitDir });
  const listed = (await tree('big/blob', 'main')) as unknown as { tree: { path: string; sha: string; size: number }[] };
  const blob = listed.tree.find(({ path }) => path === 'big.txt');
  expect(blob?.size).toBe(100_000_001);
  const raw = { accept: 'application/vnd.github.raw' };
  for (const path of [`git/blobs/${blob?.sha}`, 'contents/big.txt']) {
    const reply = await fetch(`${server.url}/repos/big/blob/${path}`, { headers: raw });
    expect(reply.status).toBe(403);
    await reply.arrayBuffer();
  }
  await git('clone', '--quiet', '--bare', `${server.url}/big/blob.git`, 'big');
  expect((await git('--git-dir', 'big', 'cat-file', '-s', 'HEAD:big.txt')).trim()).toBe('100000001');
});

it('the thousand notes are all different', async () => {
  const fixture = keep(await thousand());
  const facts = (await lsTree(fixture.gitDir, 'HEAD')).filter((fact) => fact.type === 'blob');
  expect([facts.length, new Set(facts.map((fact) => fact.oid)).size]).toEqual([1000, 1000]);
});

it('a package becomes a repository with the same bytes and modes', async () => {
  const root = join(folder, 'package');
  await mkdir(join(root, 'node_modules', 'other'), { recursive: true });
  await mkdir(join(root, 'lib'));
  await writeFile(join(root, 'node_modules', 'other', 'index.js'), 'not taken\n');
  await writeFile(join(root, 'lib', 'a b.bin'), Buffer.from([0, 255, 10]));
  await writeFile(join(root, 'cli'), '#!/usr/bin/env node\n', { mode: 0o755 });
  await symlink('cli', join(root, 'alias'));
  const fixture = keep(await fromPackage(root));
  const facts = await lsTree(fixture.gitDir, 'HEAD');
  expect(facts.map((fact) => `${fact.mode} ${fact.path.toString()}`)).toEqual([
    '120000 alias',
    '100755 cli',
    '040000 lib',
    '100644 lib/a b.bin',
  ]);
  expect(await catFile(fixture.gitDir, facts[3]?.oid ?? '')).toEqual(await readFile(join(root, 'lib', 'a b.bin')));
});

describe('a checkout', () => {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@mountkit.example'];
  const commit = async (message: string): Promise<string> =>
    git(...identity, '-C', 'checkout', 'commit', '--quiet', '--allow-empty', '-m', message);

  it('is served in place once it has two commits, and refused when shallow or younger', async () => {
    await git('init', '--quiet', '-b', 'main', 'checkout');
    await commit('one');
    const directory = join(folder, 'checkout');
    await expect(fromCheckout(directory)).rejects.toThrow('fewer than two commits');
    await commit('two');
    const fixture = await fromCheckout(directory);
    expect(fixture.head).toBe((await git('-C', 'checkout', 'rev-parse', 'HEAD')).trim());
    server.addRepository('own/checkout', { gitDir: fixture.gitDir });
    expect((await fetch(`${server.url}/repos/own/checkout/commits/main`)).status).toBe(200);
    await git('clone', '--quiet', `${server.url}/own/checkout.git`, 'cloned');
    await fixture.remove();
    expect(existsSync(join(directory, '.git'))).toBe(true);
    await git('clone', '--quiet', '--depth=1', `file://${directory}`, 'shallow');
    await expect(fromCheckout(join(folder, 'shallow'))).rejects.toThrow('shallow');
    await expect(fromCheckout(join(folder, 'nothing'))).rejects.toThrow();
  });

  it('with a detached HEAD still answers HEAD', async () => {
    await git('-C', 'checkout', 'checkout', '--quiet', '--detach');
    const reply = await fetch(`${server.url}/repos/own/checkout/commits/HEAD`);
    expect(reply.status).toBe(200);
    expect(await (await fetch(`${server.url}/repos/own/checkout`)).json()).toMatchObject({ default_branch: 'main' });
  });
});

it('a refused import tells why and leaves no folder behind', async () => {
  const broken = generate(async (into) => {
    await into.commit({ ref: 'refs/heads/main', message: 'x', from: 99, changes: [] });
  });
  await expect(broken).rejects.toThrow(/fast-import exited/);
});
