import { compose } from '@mountkit/layers';
import { createMemoryBackend } from '@mountkit/memory';
import { createFileSystem, createNamespace } from '@mountkit/vfs';
import type { FsBackend, ReadAnswer } from '@mountkit/core';
import { Bash, defineCommand, InMemoryFs } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { mountkitBash } from '../src/index.ts';
import { shellOver } from './shell.ts';

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
const files: Record<string, string> = {
  '/empty': '',
  '/one': 'one',
  '/few': lines(3),
  '/many': lines(30_000),
  '/open': `${lines(12)}no newline`,
  '/blank': '\n\n\n',
  '/name with space': lines(20),
};

describe('head, tail and wc -c print what the shell’s own commands print', () => {
  const inMount = shellOver({ '/w': files });
  const builtins = new Bash({
    fs: new InMemoryFs(Object.fromEntries(Object.entries(files).map(([path, text]) => [`/w${path}`, text]))),
  });

  it.each([
    'head /w/many',
    'head -n 3 /w/few /w/one /w/empty',
    'head -n3 /w/open',
    'head -5 /w/many',
    'head -n 0 /w/few',
    'head -n 20000 /w/many',
    'head -c 10 /w/many',
    'head -c 200000 /w/many',
    'head --bytes=7 /w/few',
    'head --lines=2 /w/few',
    'head -q -n 1 /w/few /w/many',
    'head -v -n 1 /w/few',
    'head -n 1 /w/none /w/few',
    "head -n 2 '/w/name with space' /w/few",
    'tail /w/many',
    'tail -n 2 /w/few /w/open /w/empty',
    'tail -n1 /w/one',
    'tail -3 /w/open',
    'tail -n 0 /w/few',
    'tail -n 3 /w/blank',
    'tail -n 20000 /w/many',
    'tail -n +3 /w/few',
    'tail -n +29990 /w/many',
    'tail -n +99 /w/few',
    'tail -c 10 /w/many',
    'tail -c 100000 /w/many',
    'tail -c 99 /w/one',
    'tail -q -n 1 /w/few /w/many',
    'tail -v -n 1 /w/few',
    'wc -c /w/many',
    'wc -c /w/many /w/few /w/empty',
    'wc -c /w/none /w/few',
    'wc /w/few',
    'wc -lc /w/few',
    'wc -m < /w/few',
    'echo abc | wc -c',
    'cat /w/many | head -n 2',
    'cat /w/many | tail -n 2',
    'head -n 2 < /w/few',
    'head --nonsense /w/few',
    'tail -n nonsense /w/few',
    'head --help | tail -n 1',
    'cd /w; head -n 1 few; tail -n 1 ./few; wc -c few',
  ])('%s', async (script) => {
    const { stdout, stderr, exitCode } = await builtins.exec(script);
    expect(await inMount.run(script)).toEqual({ stdout, stderr, exitCode });
  });

  it.each([
    ['head -n -2 /w/few', 'line 1\n'],
    ['head -n -9 /w/few', ''],
    ['head -c -2 /w/one', 'o'],
    ['head -c -9 /w/one', ''],
    ['tail -c +2 /w/one', 'ne'],
    ['tail -c +9 /w/one', ''],
    ['tail -n +0 /w/one', 'one'],
    ['printf abc | head -c 2 -', 'ab'],
    ['printf abc | tail -v -c 1 -', '==> standard input <==\nc'],
    ['head -n 1 -- /w/few', 'line 1\n'],
  ])('where those differ from GNU: %s', async (script, expected) => {
    expect(await inMount.run(script)).toEqual({ stdout: expected, stderr: '', exitCode: 0 });
  });

  it('bytes that are no UTF-8 pass as they are', async () => {
    const shell = shellOver({ '/w': { '/b': Uint8Array.of(0, 255, 254, 10, 128) } });
    await shell.exec('head -c 3 /w/b > /tmp/h; tail -c 2 /w/b > /tmp/t');
    expect(Array.from(await shell.fs.readFileBuffer('/tmp/h'))).toEqual([0, 255, 254]);
    expect(Array.from(await shell.fs.readFileBuffer('/tmp/t'))).toEqual([10, 128]);
  });

  it('say what is really wrong', async () => {
    expect(await inMount.run('head /w')).toEqual({ stdout: '', stderr: 'head: /w: Is a directory\n', exitCode: 1 });
  });

  it('read files of the base, and links across', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('echo base > /tmp/b; ln -s /w/few /tmp/l; head -n 1 /tmp/b /tmp/l; wc -c /tmp/l')).toBe(
      '==> /tmp/b <==\nbase\n\n==> /tmp/l <==\nline 1\n21 /tmp/l\n',
    );
  });

  it('give way to commands of the caller, and to a shell without them', async () => {
    const own = defineCommand('head', async () => ({ stdout: 'mine\n', stderr: '', exitCode: 0 }));
    expect(await shellOver({}, { customCommands: [own] }).out('head x')).toBe('mine\n');
    expect(await shellOver({ '/w': files }, { commands: ['cat'] }).run('head /w/few')).toMatchObject({ exitCode: 127 });
  });
});

describe('of a large file', () => {
  const big = new Uint8Array(5_000_000).map((_, index) => (index % 80 === 79 ? 10 : 97));

  async function movedBy(script: string): Promise<{ moved: number; reads: number; stdout: string }> {
    const memory = createMemoryBackend({ '/big': big });
    const counted = { moved: 0, reads: 0 };
    const backend: FsBackend = {
      ...memory,
      read: async (...call) => {
        const answer = (await memory.read(...call)) as ReadAnswer;
        counted.reads += 1;
        for (const piece of answer.body as Uint8Array[]) counted.moved += piece.byteLength;
        return answer;
      },
    };
    const namespace = createNamespace();
    const { backend: lower, controls } = compose(backend);
    namespace.mount('/w', createFileSystem({ lower, controls }));
    const { stdout } = await mountkitBash({ namespace }).exec(script);
    await namespace.close();
    return { ...counted, stdout };
  }

  it.each([
    ['head -c 10 /w/big', 65_536, 10],
    ['head -n 5 /w/big', 65_536, 400],
    ['ls /w > /dev/null; tail -c 10 /w/big', 65_536, 10],
    ['ls /w > /dev/null; tail -n 5 /w/big', 65_536, 400],
    ['tail -c 10 /w/big', 2 * 65_536, 10],
    ['ls /w > /dev/null; wc -c /w/big', 0, 15],
  ])('%s moves at most %d bytes', async (script, most, printed) => {
    const { moved, stdout } = await movedBy(script);
    expect(moved).toBeLessThanOrEqual(most);
    expect(stdout).toHaveLength(printed);
  });
});
