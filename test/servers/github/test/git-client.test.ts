import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lsTree, startGitHubServer, zoo } from '../src/index.ts';
import type { GitHubServer, Zoo } from '../src/index.ts';

const run = promisify(execFile);
let server: GitHubServer;
let fixture: Zoo;
let folder: string;

beforeAll(async () => {
  fixture = await zoo();
  folder = await mkdtemp(join(tmpdir(), 'mountkit-clone-'));
  server = await startGitHubServer();
  server.addRepository('octo/zoo', { gitDir: fixture.gitDir });
  server.addRepository('octo/hidden', { gitDir: fixture.gitDir, private: true, tokens: ['secret'] });
});

afterAll(async () => {
  await server.close();
  await fixture.remove();
  await rm(folder, { recursive: true, force: true });
});

// GIT_DIR and its kin would lead git astray when the tests run inside a hook.
const env = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
const git = async (...args: readonly string[]): Promise<string> =>
  (await run('git', args, { env, cwd: folder })).stdout;

it('a real git clones it whole, and fsck finds nothing wrong', async () => {
  await git('clone', '--quiet', '--bare', `${server.url}/octo/zoo.git`, 'whole');
  await git('--git-dir', 'whole', 'fsck', '--strict', '--full');
  expect((await git('--git-dir', 'whole', 'rev-parse', 'HEAD')).trim()).toBe(fixture.head);
  expect(await lsTree(join(folder, 'whole'), 'HEAD')).toEqual(await lsTree(fixture.gitDir, 'HEAD'));
  const sent = server.requests.find(({ route }) => route === 'git-upload-pack');
  expect(sent?.headers['git-protocol']).toBe('version=2');
});

it('a real git clones it without blobs and fetches the ones it needs', async () => {
  await git('clone', '--quiet', '--no-checkout', '--filter=blob:none', `${server.url}/octo/zoo.git`, 'partial');
  await git('-C', 'partial', 'fsck', '--connectivity-only');
  const missing = await git('-C', 'partial', 'rev-list', '--objects', '--missing=print', '--no-object-names', 'HEAD');
  expect(missing.split('\n').filter((line) => line.startsWith('?')).length).toBeGreaterThan(1000);
  server.reset();
  expect(await git('-C', 'partial', 'show', 'HEAD:README.md')).toBe('# Zoo\n\nOne of each.\n');
  expect(server.stats().byRoute['git-upload-pack']).toBeGreaterThan(0);
});

it('a private repository is cloned with a token only', async () => {
  const refused = git('clone', '--quiet', `${server.url}/octo/hidden.git`, 'refused');
  await expect(refused).rejects.toThrow(/could not read Username|Authentication failed/);
  const url = `${server.url.replace('//', '//x-access-token:secret@')}/octo/hidden.git`;
  await git('clone', '--quiet', '--bare', url, 'hidden');
  expect((await git('--git-dir', 'hidden', 'rev-parse', 'HEAD')).trim()).toBe(fixture.head);
});

it('a renamed repository is cloned by its former name', async () => {
  const repository = server.repository('octo/zoo');
  repository?.rename('octo/menagerie');
  await git('clone', '--quiet', '--bare', `${server.url}/octo/zoo.git`, 'renamed');
  expect((await git('--git-dir', 'renamed', 'rev-parse', 'HEAD')).trim()).toBe(fixture.head);
  repository?.rename('octo/zoo');
});

it('cannot be pushed to', async () => {
  await git('clone', '--quiet', '--bare', `${server.url}/octo/zoo.git`, 'pushing');
  await expect(
    git('--git-dir', 'pushing', 'push', '--quiet', `${server.url}/octo/zoo.git`, 'HEAD:refs/heads/new'),
  ).rejects.toThrow(/403/);
  expect(await readFile(join(fixture.gitDir, 'HEAD'), 'utf8')).toBe('ref: refs/heads/main\n');
});
