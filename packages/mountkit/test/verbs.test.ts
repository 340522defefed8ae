import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../src/cli/program.ts';

const escape = '\u001b';
const files = {
  '/docs/a.txt': 'a',
  [`/odd/${escape}[31mred\nline`]: 'x',
  '/odd/link': { symlink: 'to\u009bx' },
};

describe('the verbs of the command', () => {
  let directory: string;
  let mounts: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mountkit-verbs-'));
    mounts = join(directory, 'mounts.json');
    await writeFile(mounts, JSON.stringify({ mounts: { '/w': { type: 'memory', files } } }));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function run(
    words: readonly string[],
    { isTTY = false, config = mounts } = {},
  ): Promise<[number, string, string]> {
    const stdout = Object.assign(new PassThrough(), { isTTY });
    const stderr = new PassThrough();
    const stdin = new PassThrough();
    stdin.end('echo never');
    const printed = Promise.all([text(stdout), text(stderr)]);
    const code = await runProgram([...words, '--config', config], {
      stdin,
      stdout,
      stderr,
      env: {},
      signal: new AbortController().signal,
      onInterrupt: () => () => undefined,
    });
    stdout.end();
    stderr.end();
    return [code, ...(await printed)];
  }

  it.each([
    ['cat', '/w/docs/a.txt'],
    ['tail', '/w/docs/a.txt'],
    ['sh'],
    ['cp', '/w/docs/a.txt', '/nowhere'],
    ['index', '/nowhere'],
    ['create-backend', 'some', '--directory', '/nowhere'],
  ])('%s refuses --json, which it has no answer for', async (...words) => {
    const [code, stdout, stderr] = await run([...words, '--json']);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(`mountkit: ${words[0]} does not answer in JSON: leave out --json`);
  });

  it.each([
    ['ls', `${escape}[31mred\nline\nlink\n`, '\\x1b[31mred\\x0aline\nlink\n'],
    [
      'tree',
      `/w/odd\n├── ${escape}[31mred\nline\n└── link -> to\u009bx\n`,
      '/w/odd\n├── \\x1b[31mred\\x0aline\n└── link -> to\\x9bx\n',
    ],
  ])(
    '%s gives names as they are to a pipe, and without what a terminal obeys to a terminal',
    async (verb, raw, shown) => {
      expect((await run([verb, '/w/odd']))[1].replace(/\n\n0 dir.*/s, '\n')).toBe(raw);
      expect((await run([verb, '/w/odd'], { isTTY: true }))[1].replace(/\n\n0 dir.*/s, '\n')).toBe(shown);
    },
  );

  it('ls -l does so too, with targets', async () => {
    const [, stdout] = await run(['ls', '-l', '/w/odd'], { isTTY: true });
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/ \\x1b\[31mred\\x0aline$/),
      expect.stringMatching(/ link -> to\\x9bx$/),
      '',
    ]);
    const [, named] = await run(['ls', `/w/odd/${escape}[31mred\nline`], { isTTY: true });
    expect(named).toBe('/w/odd/\\x1b[31mred\\x0aline\n');
  });

  it.each(['ls', 'tree'])('%s --json has the names in JSON, free of control characters', async (verb) => {
    const [, stdout] = await run([verb, '--json', '/w/odd'], { isTTY: true });
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    const names = (JSON.parse(stdout) as { name: string; target?: string }[]).map(({ name, target }) => [name, target]);
    expect(names).toEqual([
      [`${escape}[31mred\nline`, undefined],
      ['link', 'to\u009bx'],
    ]);
  });

  it('tree prints nothing where there is nothing to draw', async () => {
    const [code, stdout, stderr] = await run(['tree', '/w/none']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe("mountkit: ENOENT: no such file or directory, readdir '/w/none'\n");
  });

  it.each([
    ['github', 'repo', "a repository, 'owner/name'"],
    ['s3', 'bucket', "a bucket's name, or the ARN of an access point"],
    ['http', 'url', 'an http or https URL'],
  ])('a mount of type %s without its %s is told what it is', async (type, option, what) => {
    const other = join(directory, 'lacking.json');
    await writeFile(other, JSON.stringify({ mounts: { '/w': { type } } }));
    const [code, , stderr] = await run(['ls'], { config: other });
    expect(code).toBe(78);
    expect(stderr).toBe(
      `mountkit: EINVAL: invalid argument, load: one problem in the config\n  /mounts/~1w/${option}: ${what} is needed\n`,
    );
  });
});
