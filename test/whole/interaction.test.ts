import { type Fixture, generate, type GitHubServer, startGitHubServer } from '@mountkit/test-github-server';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { checkout } from './packed-consumer.ts';

const bin = join(checkout, 'packages', 'mountkit', 'bin', 'mountkit.js');
const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0;

describe("the command in somebody's hands", () => {
  let server: GitHubServer;
  let fixture: Fixture;
  let mount: string[];

  beforeAll(async () => {
    fixture = await generate(async (into) => {
      const file = (path: string, content: string) => ({ path, mode: '100644' as const, content });
      await into.commit({
        ref: 'refs/heads/main',
        message: 'Files\n',
        changes: [file('README.md', 'hello\n'), file('src/a.txt', 'a\n'), file('src/b.txt', 'needle\n')],
      });
    });
    server = await startGitHubServer();
    server.addRepository('o/r', { gitDir: fixture.gitDir });
    mount = ['--github-url', server.url, '--mount', '/w=github:o/r'];
  });
  afterAll(async () => {
    await server.close();
    await fixture.remove();
  });
  afterEach(() => server.clearFaults());

  it('sh runs a script from standard input', async () => {
    const { code, stdout } = await mountkit(['sh', ...mount], { input: 'cd /w/src\ncat b.txt\nls | wc -l\nexit 3\n' });
    expect([code, stdout.toString().replaceAll(' ', '')]).toEqual([3, 'needle\n2\n']);
  });

  it.skipIf(!hasScript)(
    'sh is a prompt on a terminal that keeps directory and variables (needs the program script)',
    async () => {
      const command = [process.execPath, bin, 'sh', ...mount].map((word) => `'${word}'`).join(' ');
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, TERM: 'dumb' },
      });
      let screen = '';
      const seen = async (text: string | RegExp): Promise<void> => {
        while (typeof text === 'string' ? !screen.includes(text) : !text.test(screen)) {
          const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
          screen += chunk.toString();
        }
      };
      await seen('mountkit:/$');
      child.stdin.write('cd /w/src; x=kept\n');
      await seen('mountkit:/w/src$');
      child.stdin.write('for name in *; do\n');
      await seen('> ');
      child.stdin.write('echo "<$x $name>"; done\n');
      await seen(/<kept a.txt>[\s\S]*<kept b.txt>/);
      child.stdin.write('exit 5\n');
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(5);
    },
  );

  it('Ctrl-C ends what is in flight, closes, and exits 130', async () => {
    server.fault({ kind: 'silent' });
    const asked = server.requests.length;
    const { code, stdout } = await mountkit(['cat', ...mount, '/w/README.md'], {
      onStart: (child) => {
        void (async () => {
          while (server.requests.length === asked) await new Promise((resolve) => setImmediate(resolve));
          child.kill('SIGINT');
        })();
      },
    });
    expect([code, stdout.toString()]).toEqual([130, '']);
  });

  it('a reader that goes away early is no error', async () => {
    const child = spawn(process.execPath, [bin, 'exec', ...mount, '--', 'seq 1 90000'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = text(child.stderr);
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^1\n2\n/);
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, await said]).toEqual([0, '']);
  });

  it('--stats prints one line of JSON on standard error, --json answers in JSON', async () => {
    const { stdout, stderr } = await mountkit(['ls', ...mount, '--stats', '--json', '/w/src']);
    expect((JSON.parse(stdout.toString()) as { name: string }[]).map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
    const stats = JSON.parse(stderr) as { mounts: { path: string; requests: number; bytesReceived: number }[] };
    expect(stats.mounts).toMatchObject([{ path: '/w', errors: 0 }]);
    expect(stats.mounts[0]?.requests).toBeGreaterThan(0);
    expect(stats.mounts[0]?.bytesReceived).toBeGreaterThan(0);
  });

  it('exec --json has the output, the errors and the exit code of the script', async () => {
    const { code, stdout } = await mountkit([
      'exec',
      ...mount,
      '--json',
      '--',
      'cat /w/README.md; cat /w/none; exit 4',
    ]);
    expect(code).toBe(4);
    expect(JSON.parse(stdout.toString())).toEqual({
      stdout: 'hello\n',
      stderr: 'cat: /w/none: No such file or directory\n',
      exitCode: 4,
    });
  });

  it('tree draws what is there', async () => {
    const { stdout } = await mountkit(['tree', ...mount, '/w']);
    expect(stdout.toString()).toBe(
      '/w\n├── README.md\n└── src\n    ├── a.txt\n    └── b.txt\n\n1 directory, 3 files\n',
    );
  });

  it('plan says what is mounted and where it comes from, and no secret', async () => {
    const { stdout, stderr } = await mountkit(['plan', ...mount, '--json'], { env: { GITHUB_TOKEN: 'ghp_canary' } });
    const text = stdout.toString() + stderr;
    expect(text).not.toContain('ghp_canary');
  });

  it.each([
    [['frobnicate'], 64, 'unknown command'],
    [['ls', '--nope'], 64, 'unknown option'],
    [['ls'], 78, 'nothing to mount'],
    [['ls', '--mount', 'nonsense'], 78, 'PATH=SOURCE'],
    [['ls', '--mount', '/w=gitbub:o/r'], 78, 'github'],
    [['ls', '--config', '/nowhere/config.json'], 78, 'cannot be read'],
    [['ls', '--mount', '/w=github:o/r', '--token-env', 'NOT_SET_ANYWHERE'], 78, 'NOT_SET_ANYWHERE'],
  ])('%j exits %i and says why', async (words, code, text) => {
    const result = await mountkit(words);
    expect(result.stderr).toContain(text);
    expect(result.code).toBe(code);
  });

  it('help tells the sources, examples and exit codes', async () => {
    const { code, stdout } = await mountkit(['--help']);
    expect(code).toBe(0);
    for (const text of ['github:owner/repo', 'Examples:', 'Exit codes:', '--stats'])
      expect(stdout.toString()).toContain(text);
  });
});
