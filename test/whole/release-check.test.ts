import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkout } from './packed-consumer.ts';

const run = promisify(execFile);

interface Outcome {
  readonly code: number;
  readonly said: string;
}

describe('the check of the next release', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mountkit-release-'));
    await files({
      'package.json': { name: 'root', private: true },
      'pnpm-workspace.yaml': 'packages: [packages/*, backends/*, test/*]\n',
      '.changeset/config.json': { fixed: [['@mountkit/*', 'mountkit']], privatePackages: false, baseBranch: 'main' },
      'packages/core/package.json': manifest('@mountkit/core'),
      'packages/mountkit/package.json': manifest('mountkit', { dependencies: { '@mountkit/core': 'workspace:^' } }),
      'packages/core/src/index.ts': 'export {};\n',
      'backends/memory/package.json': manifest('@mountkit/memory'),
      'test/whole/package.json': manifest('@mountkit/whole', { private: true }),
    });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const manifest = (name: string, more: object = {}): object => ({ name, version: '0.1.0', ...more });
  const changeset = (name: string): string => `---\n'${name}': minor\n---\n\nA change.\n`;

  async function files(content: Readonly<Record<string, string | object>>): Promise<void> {
    for (const [path, value] of Object.entries(content)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), typeof value === 'string' ? value : JSON.stringify(value));
    }
  }

  async function check(): Promise<Outcome> {
    try {
      const { stdout } = await run(process.execPath, [join(checkout, 'scripts', 'release-check.js'), root]);
      return { code: 0, said: stdout };
    } catch (caught) {
      const { code, stderr } = caught as { readonly code: number; readonly stderr: string };
      return { code, said: stderr };
    }
  }

  async function releasedInGit(): Promise<void> {
    const git = (...words: string[]): Promise<unknown> =>
      run('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...words], { cwd: root });
    await git('init', '--quiet');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'all');
    await git('tag', 'mountkit@0.1.0');
  }

  it('names the version that one changeset gives to every package', async () => {
    await files({ '.changeset/one.md': changeset('@mountkit/core') });
    expect(await check()).toEqual({ code: 0, said: 'The next release is 0.2.0.\n' });
  });

  it('has nothing to say where nothing changed', async () => {
    expect(await check()).toEqual({ code: 0, said: 'Nothing to release.\n' });
    await releasedInGit();
    expect(await check()).toEqual({ code: 0, said: 'Nothing to release.\n' });
  });

  it('wants a changeset for a source that changed since the tag of the last release', async () => {
    await releasedInGit();
    await files({ 'packages/core/src/index.ts': 'export const one = 1;\n' });
    expect(await check()).toEqual({
      code: 1,
      said: '1 files changed since mountkit@0.1.0 and no changeset says so\n',
    });
    await files({ '.changeset/one.md': changeset('@mountkit/core') });
    expect((await check()).code).toBe(0);
  });

  it('refuses a changeset for a package that does not exist', async () => {
    await files({ '.changeset/one.md': changeset('@mountkit/coer') });
    expect(await check()).toEqual({ code: 1, said: expect.stringContaining('@mountkit/coer') });
  });

  it('refuses a changeset for a private package', async () => {
    await files({ '.changeset/one.md': changeset('@mountkit/whole') });
    expect(await check()).toEqual({ code: 1, said: '.changeset/one.md: @mountkit/whole is not published\n' });
  });

  it('refuses a package that would get another version than the others', async () => {
    await files({
      'packages/other/package.json': manifest('other'),
      '.changeset/one.md': changeset('@mountkit/core'),
    });
    expect(await check()).toEqual({
      code: 1,
      said: "other: is not released with the others, see 'fixed' in .changeset/config.json\n",
    });
  });

  it('refuses versions that have come apart', async () => {
    await files({ 'packages/core/package.json': { name: '@mountkit/core', version: '0.1.1' } });
    expect(await check()).toEqual({ code: 1, said: 'the packages have more than one version: 0.1.1, 0.1.0\n' });
  });

  it.each(['workspace:*', '^0.1.0'])('refuses %s as the range of a package of ours', async (range) => {
    await files({
      'packages/mountkit/package.json': manifest('mountkit', { dependencies: { '@mountkit/core': range } }),
    });
    expect(await check()).toEqual({
      code: 1,
      said: `mountkit: depends on @mountkit/core as '${range}' and not as 'workspace:^'\n`,
    });
  });

  it('refuses a package of ours as a peer', async () => {
    await files({
      'packages/mountkit/package.json': manifest('mountkit', { peerDependencies: { '@mountkit/core': 'workspace:^' } }),
    });
    expect(await check()).toEqual({
      code: 1,
      said: 'mountkit: has @mountkit/core as a peer and not as a dependency\n',
    });
  });
});
