import { encodeName, type FileSystem, joinPath } from '@mountkit/core';
import {
  catFile,
  type Fixture,
  fromPackage,
  type GitHubServer,
  lsTree,
  startGitHubServer,
  thousand,
  zoo,
} from '@mountkit/test-github-server';
import { walk } from '@mountkit/vfs';
import { load } from 'mountkit';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { checkout } from './packed-consumer.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;

/** What a tree holds, as text that two sources of it can be compared by: mode, then content hash or target, by path. */
type Facts = Map<string, string>;

/** The path a name of git's has in a mount. Where JSON could not carry the bytes, git's own replacement stands in their place. */
function pathOf(bytes: Buffer): string {
  const names: Buffer[] = [];
  for (let start = 0; start <= bytes.length;) {
    const slash = bytes.indexOf(0x2f, start);
    const end = slash === -1 ? bytes.length : slash;
    names.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return `/${names.map((name) => encodeName(name.toString('utf8'))).join('/')}`;
}

async function gitFacts(gitDir: string, ref: string): Promise<Facts> {
  const facts: Facts = new Map();
  for (const { path, mode, oid, type } of await lsTree(gitDir, ref)) {
    const name = pathOf(path);
    if (type === 'tree') facts.set(name, 'directory');
    else if (mode === '160000') facts.set(name, `submodule ${oid}`);
    else if (mode === '120000') facts.set(name, `symlink ${(await catFile(gitDir, oid)).toString()}`);
    else facts.set(name, `${mode} ${(await catFile(gitDir, oid)).toString('base64')}`);
  }
  return facts;
}

async function mountFacts(fs: FileSystem, root: string): Promise<Facts> {
  const facts: Facts = new Map();
  for await (const stat of walk(fs, root)) {
    const { path } = stat;
    const name = path.slice(root.length);
    if (stat.type === 'symlink') facts.set(name, `symlink ${await fs.readlink(path)}`);
    else if (stat.type === 'directory') {
      const commit = stat.notes?.['submoduleCommit'];
      facts.set(name, commit === undefined ? 'directory' : `submodule ${commit}`);
    } else {
      const mode = stat.mode === 0o755 ? '100755' : '100644';
      facts.set(name, `${mode} ${Buffer.from(await fs.readFile(path)).toString('base64')}`);
    }
  }
  return facts;
}

/** Names of git's that JSON cannot tell apart are shown once or not at all, and are told by unreachable(). */
function withoutCollisions(facts: Facts): Facts {
  return new Map([...facts].filter(([path]) => !path.includes('collide-')));
}

describe('every file of every fixture repository, read through a mount, equals git', () => {
  const fixtures: [string, () => Promise<Fixture>][] = [
    ['zoo', zoo],
    ['thousand', thousand],
    [
      'just-bash',
      () => fromPackage(join(checkout, 'packages', 'just-bash', 'node_modules', 'just-bash', 'dist', 'commands')),
    ],
    ['zod', () => fromPackage(join(checkout, 'packages', 'loader', 'node_modules', 'zod', 'v4'))],
  ];
  const made = new Map<string, Fixture>();
  let server: GitHubServer;
  let other: { readonly url: string; stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    server = await startGitHubServer();
    for (const [name, make] of fixtures) {
      const fixture = await make();
      made.set(name, fixture);
      server.addRepository(`o/${name}`, { gitDir: fixture.gitDir });
    }
    if (hasPython) other = await startOther(made);
  }, 120_000);
  afterAll(async () => {
    await other?.stop();
    await server.close();
    for (const fixture of made.values()) await fixture.remove();
  });

  const urls: [string, () => string, boolean][] = [
    ['our test server', () => server.url, true],
    ['a server of another make (needs python3)', () => other?.url ?? '', hasPython],
  ];
  for (const [kind, url, isThere] of urls) {
    it.skipIf(!isThere).each(fixtures.map(([name]) => name))(
      `%s, served by ${kind}`,
      async (name) => {
        const fixture = made.get(name);
        if (fixture === undefined) throw new Error('not made');
        const ns = await load({ mounts: { '/w': { type: 'github', repo: `o/${name}`, baseUrl: url() } } });
        try {
          const expected = withoutCollisions(await gitFacts(fixture.gitDir, 'HEAD'));
          const found = withoutCollisions(await mountFacts(ns, '/w'));
          expect(found.size).toBe(expected.size);
          for (const [path, fact] of expected) expect(`${path} ${found.get(path)}`).toBe(`${path} ${fact}`);
        } finally {
          await ns.close();
        }
      },
      120_000,
    );
  }

  it.skipIf(!hasPython)(
    'the command and its shell read from a server given only by its URL, options before or after the verb (needs python3)',
    async () => {
      const fixture = made.get('thousand');
      if (fixture === undefined) throw new Error('not made');
      const [fact] = (await lsTree(fixture.gitDir, 'HEAD')).filter(({ type }) => type === 'blob');
      if (fact === undefined) throw new Error('no file');
      const path = `/workspace/${fact.path.toString()}`;
      const content = await catFile(fixture.gitDir, fact.oid);
      const options = ['--github-url', other?.url ?? '', '--mount', '/workspace=github:o/thousand@main'];
      const script = `cat ${path}; ls -laR /workspace | wc -l; grep -rlF "${content.toString().split('\n', 1)[0]}" ${path}`;
      for (const words of [
        ['exec', ...options, '--', script],
        [...options, 'exec', '--', script],
      ]) {
        const { code, stdout, stderr } = await mountkit(words);
        expect([code, stderr]).toEqual([0, '']);
        expect(stdout.subarray(0, content.length).equals(content)).toBe(true);
        expect(stdout.toString().endsWith(`${path}\n`)).toBe(true);
      }
    },
  );

  it('the shell writes binary files byte for byte', async () => {
    const fixture = made.get('zoo');
    if (fixture === undefined) throw new Error('not made');
    for (const fact of await lsTree(fixture.gitDir, 'HEAD')) {
      if (fact.mode !== '100644' || !/(?:bin|crlf|bom|empty|latin)/i.test(fact.path.toString())) continue;
      const path = joinPath('/w', pathOf(fact.path).slice(1));
      const { stdout } = await mountkit([
        'exec',
        '--github-url',
        server.url,
        '-m',
        '/w=github:o/zoo',
        '--',
        'cat',
        path,
      ]);
      expect(`${path} ${stdout.toString('hex')}`).toBe(
        `${path} ${(await catFile(fixture.gitDir, fact.oid)).toString('hex')}`,
      );
    }
  }, 60_000);
});

async function startOther(fixtures: ReadonlyMap<string, Fixture>): Promise<{ url: string; stop(): Promise<void> }> {
  const repositories = Array.from(fixtures, ([name, { gitDir }]) => `o/${name}=${gitDir}`);
  const child = spawn('python3', [join(checkout, 'test', 'whole', 'other-server.py'), ...repositories], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: line.toString().trim(),
    async stop() {
      const gone = once(child, 'close');
      child.kill();
      await gone;
    },
  };
}
