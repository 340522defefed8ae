import { isFsError } from '@mountkit/core';
import { type Fixture, generate, type GitHubServer, startGitHubServer } from '@mountkit/test-github-server';
import { load, type LoadedNamespace } from 'mountkit';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { faultTable } from './fault-table.ts';

const canary = 'ghp_canary0123456789';
const content = 'hello from the origin\n';

describe('trouble with an origin', () => {
  let fixture: Fixture;
  let server: GitHubServer;
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mountkit-faults-'));
    fixture = await generate((into) =>
      into
        .commit({
          ref: 'refs/heads/main',
          message: 'One file\n',
          changes: [{ path: 'README.md', mode: '100644', content }],
        })
        .then(() => undefined),
    );
    server = await startGitHubServer({ tokens: [canary] });
    server.addRepository('o/r', { gitDir: fixture.gitDir });
  });
  afterEach(async () => {
    await server.close();
    await fixture.remove();
    await rm(directory, { recursive: true, force: true });
  });

  /** Short waits, so that silence is soon found out; the reading and its answer are the same as with long ones. */
  const config = () => ({
    mounts: {
      '/workspace': {
        type: 'github',
        repo: 'o/r',
        baseUrl: server.url,
        token: { env: 'TOKEN' },
        timeouts: { connectMs: 1000, firstByteMs: 250, idleMs: 250 },
      },
    },
  });
  const options = { env: { TOKEN: canary } };
  const read = async (ns: LoadedNamespace): Promise<string> =>
    Buffer.from(await ns.readFile('/workspace/README.md')).toString();

  for (const row of faultTable) {
    it(`${row.fault}: a read is ${row.code}${row.reason === undefined ? '' : ` (${row.reason})`}, and the next read after it succeeds`, async () => {
      const ns = await load(config(), options);
      try {
        const mend = await row.inject(server);
        const error: unknown = await read(ns).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        expect(error).toMatchObject({ code: row.code, reason: row.reason, path: '/workspace/README.md' });
        const shown = [
          String(error),
          inspect(error),
          JSON.stringify(error),
          JSON.stringify(ns.health()),
          inspect(ns.stats()),
        ];
        for (const text of shown) expect(text).not.toContain(canary);
        expect(isFsError(error) && error.message).not.toContain('127.0.0.1');
        expect(ns.health()).toMatchObject({ ok: false, mounts: [{ state: 'failing' }] });
        await mend();
        if (row.reason !== 'throttled') expect(await read(ns)).toBe(content);
      } finally {
        await ns.close();
      }
    }, 30_000);

    it(`${row.fault}: the command says so and exits ${row.exit}, whatever the shell made of it`, async () => {
      const file = join(directory, 'config.json');
      await writeFile(file, JSON.stringify(config()));
      await row.inject(server);
      const script = 'cat /workspace/README.md; grep -rn hello /workspace';
      const { code, stderr, stdout } = await mountkit(['exec', '--config', file, '--', script], { env: options.env });
      expect(stdout.toString()).toBe('');
      expect(code).toBe(row.exit);
      const lines = stderr.split('\n').filter((line) => line.startsWith('mountkit: '));
      expect(lines).not.toHaveLength(0);
      for (const line of lines) expect(line).not.toContain('ENOENT');
      const why = row.reason === undefined ? '' : ` \\(${row.reason}\\)`;
      expect(lines[0]).toMatch(new RegExp(`^mountkit: ${row.code}: [\\w/ ]+${why}, \\w+ '/workspace`));
      expect(lines.join('\n')).toContain(row.detail);
      expect(stderr).not.toContain(canary);
    }, 30_000);
  }

  it('an empty repository (409) is an empty root and no error', async () => {
    const { empty } = await import('@mountkit/test-github-server');
    const nothing = await empty();
    server.addRepository('o/empty', { gitDir: nothing.gitDir });
    try {
      const words = ['ls', '--github-url', server.url, '--mount', '/w=github:o/empty', '/w'];
      expect(await mountkit(words)).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await nothing.remove();
    }
  });

  it.each([
    ['a branch', 'github:o/r@nobranch', 'no branch, tag or commit of that name'],
    ['a path', 'github:o/r:/nowhere', 'no directory'],
  ])('%s that does not exist is told, where the shell says "No such file"', async (_, source, detail) => {
    const words = ['exec', '--github-url', server.url, '--mount', `/w=${source}`, '--', 'ls /w; cat /w/README.md'];
    const { code, stderr } = await mountkit(words);
    expect(code).toBe(74);
    expect(
      stderr.split('\n').filter((line) => line.startsWith('mountkit: EINVAL: ') && line.includes(detail)),
    ).not.toHaveLength(0);
  });

  it('a file that is not there is exit code 1 and no trouble', async () => {
    const words = ['--github-url', server.url, '--mount', '/w=github:o/r', 'cat', '/w/nothing'];
    const { code, stderr } = await mountkit(words);
    expect([code, stderr]).toEqual([1, "mountkit: ENOENT: no such file or directory, open '/w/nothing'\n"]);
  });
});
