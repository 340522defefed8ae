import { startGitHubServer, type GitHubServer, type Zoo, zoo } from '@mountkit/test-github-server';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout, type Consumer, installPacked } from './packed-consumer.ts';

const run = promisify(execFile);

describe('the packed packages, installed outside the workspace', () => {
  let consumer: Consumer;
  let server: GitHubServer;
  let repository: Zoo;

  beforeAll(async () => {
    [consumer, repository, server] = await Promise.all([installPacked(), zoo(), startGitHubServer()]);
    server.addRepository('o/zoo', { gitDir: repository.gitDir });
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await repository.remove();
    await consumer.remove();
  });

  const load = (specifier: string): string => `
    import { load } from '${specifier}';
    const ns = await load({ mounts: { '/workspace': { type: 'github', repo: 'o/zoo', baseUrl: process.env.ORIGIN } } });
    console.log((await ns.readdir('/workspace')).some(({ name }) => name === 'README.md'));
    await ns.close();`;
  const createFileSystem = `
    import { createFileSystem } from 'mountkit/github';
    const fs = await createFileSystem({ repo: 'o/zoo', baseUrl: process.env.ORIGIN });
    console.log((await fs.stat('/README.md')).type);
    await fs.close();`;

  it('load mounts a repository', async () => {
    expect(await consumer.script(load('mountkit'), { env: { ORIGIN: server.url } })).toBe('true\n');
  });

  it('createFileSystem of mountkit/github gives one', async () => {
    expect(await consumer.script(createFileSystem, { env: { ORIGIN: server.url } })).toBe('file\n');
  });

  it("both work from a script at the checkout's root", async () => {
    for (const source of [load('mountkit'), createFileSystem]) {
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
        cwd: checkout,
        env: { ...process.env, ORIGIN: server.url },
      });
      expect(stdout).toMatch(/^(?:true|file)\n$/);
    }
  });

  it('the command is there', async () => {
    const bin = join(consumer.directory, 'node_modules', 'mountkit', 'bin', 'mountkit.js');
    const { stdout } = await run(process.execPath, [
      bin,
      'cat',
      '/w/README.md',
      '--github-url',
      server.url,
      '-m',
      '/w=github:o/zoo',
    ]);
    expect(stdout.length).toBeGreaterThan(0);
  });

  it('the contract type-checks where there are no declarations of Node', async () => {
    const source = `
      import { defineBackend, type FsBackend } from '@mountkit/core';
      export { createNamespace } from '@mountkit/vfs';
      export { compose } from '@mountkit/layers';
      export const given: [typeof defineBackend, FsBackend | undefined] = [defineBackend, undefined];`;
    const compilerOptions = { lib: ['es2023', 'dom', 'esnext.disposable'] };
    expect(await consumer.typeCheck(source, { nodeTypes: false, compilerOptions })).toBe('');
  });

  it('carry their licence and readme, and no test', async () => {
    const core = join(consumer.directory, 'node_modules', '@mountkit', 'core');
    expect(await readdir(core)).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']));
    expect(await readdir(core)).not.toContain('test');
    expect(await readFile(join(core, 'package.json'), 'utf8')).not.toContain('workspace:');
  });
});
