import { lazyFile } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { type Command, defineCommand, type IFileSystem } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { type Mounts, shellOver } from './shell.ts';

type Body = (fs: IFileSystem, args: string[], exec: (script: string) => Promise<string>) => Promise<string>;

const command = (name: string, body: Body): Command =>
  defineCommand(name, async (args, { fs, exec, cwd }) => ({
    stdout: await body(fs, args, async (script) => (await exec?.(script, { cwd }))?.stdout ?? ''),
    stderr: '',
    exitCode: 0,
  }));
const shellWith = (mounts: Mounts, name: string, body: Body): ReturnType<typeof shellOver> =>
  shellOver(mounts, { customCommands: [command(name, body)] });

describe('ctx.fs of a custom command', () => {
  it('writes and reads back inside one callback', async () => {
    const { out } = shellWith({ '/w': { '/f': 'one' } }, 'copy-up', async (fs) => {
      await fs.writeFile('/tmp/f', `${await fs.readFile('/w/f')} two`);
      return fs.readFile('/tmp/f');
    });
    expect(await out('copy-up; echo; cat /tmp/f')).toBe('one two\none two');
  });

  it('gives a clean error for a missing file', async () => {
    const { run } = shellWith({ '/w': {} }, 'show', (fs, [path = '']) => fs.readFile(path));
    const { stderr, exitCode } = await run('show /w/none');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^show: ENOENT: no such file or directory, .*'\/w\/none'\n$/);
  });

  it('is denied a write to a read-only mount', async () => {
    const { run } = shellWith({ '/w': {} }, 'scribble', async (fs) => {
      await fs.writeFile('/w/new', 'x');
      return 'written';
    });
    expect(await run('scribble; echo after')).toMatchObject({
      stdout: 'after\n',
      stderr: expect.stringContaining('EROFS: read-only file system'),
    });
  });

  it('reads a lazy file', async () => {
    const files = { '/lazy': lazyFile({ read: async () => Uint8Array.of(0, 255, 10) }) };
    const { out } = shellWith({ '/w': files }, 'bytes', async (fs) => [...(await fs.readFileBuffer('/w/lazy'))].join());
    expect(await out('bytes')).toBe('0,255,10');
  });

  it('works in a script run from within', async () => {
    const { out } = shellWith({ '/w': { '/f': 'in\n' } }, 'nest', async (fs, [depth = '0'], exec) => {
      const left = Number(depth);
      return left === 0 ? fs.readFile('/w/f') : exec(`cat /w/f; nest ${left - 1}; echo back ${left}`);
    });
    expect(await out('nest 2')).toBe('in\nin\nin\nback 1\nback 2\n');
  });

  it('works in a script run through the shell again', async () => {
    const shell = shellWith({ '/w': { '/f': 'in\n' } }, 'again', async () => (await shell.exec('cat /w/f')).stdout);
    expect(await shell.out('again; cat /w/f')).toBe('in\nin\n');
  });

  it('is dead after its command, but the filesystem of the shell outlives it and sees what is mounted then', async () => {
    let stashed: IFileSystem | undefined;
    const shell = shellWith({ '/w': { '/f': 'one' } }, 'stash', async (fs) => {
      stashed = fs;
      await shell.fs.writeFile('/tmp/early', await shell.fs.readFile('/w/f'));
      return '';
    });
    const { fs, namespace } = shell;
    await shell.exec('stash');
    await expect((async () => stashed?.readFile('/w/f'))()).rejects.toThrow();
    expect(await fs.readFile('/tmp/early')).toBe('one');
    await namespace.unmount('/w');
    expect(await fs.exists('/w/f')).toBe(false);
    await fs.writeFile('/tmp/late', 'x');
    expect(await fs.readFile('/tmp/late')).toBe('x');
  });

  it('work that goes on after its script sees what is mounted then', async () => {
    let go = (): void => undefined;
    let late: Promise<string> | undefined;
    const shell = shellWith({ '/w': { '/f': 'one' } }, 'start', async () => {
      const started = new Promise<void>((resolve) => {
        go = resolve;
      });
      late = started.then(() => shell.fs.readFile('/w/f'));
      return '';
    });
    await shell.exec('start');
    await shell.namespace.replace('/w', createMemoryBackend({ '/f': 'two' }));
    go();
    expect(await late).toBe('two');
  });
});
