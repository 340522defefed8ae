import { exportHandle, type FileSystem, FsError, handleKey } from '@mountkit/core';
import { Bash, InMemoryFs, MountableFs } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { justBashFileSystem } from '../src/index.ts';
import { namespaceOf } from './shell.ts';
import { writableFileSystem } from './writable-filesystem.ts';

const files = { '/f': 'text\n', '/d/e': 'deep', '/l': { symlink: 'd/e' } } as const;

describe('justBashFileSystem', () => {
  it('serves one filesystem to a stock MountableFs', async () => {
    const fs = new MountableFs({ base: new InMemoryFs() });
    fs.mount('/w', justBashFileSystem(namespaceOf({ '/w': files }).at('/w')));
    expect((await new Bash({ fs }).exec('cat /w/f; ls /w; cat /w/l')).stdout).toBe('text\nd\nf\nl\ndeep');
  });

  it('takes a handle', async () => {
    const table = exportHandle(namespaceOf({ '/': files }), { vendor: 'test' });
    const fs = justBashFileSystem({ [handleKey]: table });
    expect(await fs.readFile('/f')).toBe('text\n');
    expect(await fs.readdirWithFileTypes?.('/')).toEqual([
      { name: 'd', isFile: false, isDirectory: true, isSymbolicLink: false },
      { name: 'f', isFile: true, isDirectory: false, isSymbolicLink: false },
      { name: 'l', isFile: false, isDirectory: false, isSymbolicLink: true },
    ]);
    expect(() => justBashFileSystem({ [handleKey]: { ...table, abi: 2 } })).toThrow('version 2');
  });

  it('gives the attributes', async () => {
    const fs = justBashFileSystem(
      namespaceOf({ '/': { '/x': { content: 'abc', mode: 0o755, mtimeNs: 1_500_000_000n } } }),
    );
    expect(await fs.stat('/x')).toMatchObject({
      isFile: true,
      isDirectory: false,
      isSymbolicLink: false,
      mode: 0o755,
      size: 3,
      mtime: new Date(1500),
    });
    expect(fs.getAllPaths()).toEqual([]);
  });

  it('refuses every change as the filesystem does, and changes nothing', async () => {
    const fs = justBashFileSystem(namespaceOf({ '/': files }));
    const attempts = [
      fs.writeFile('/f', 'x'),
      fs.appendFile('/f', 'x'),
      fs.mkdir('/new'),
      fs.rm('/f'),
      fs.rm('/d', { recursive: true }),
      fs.mv('/f', '/g'),
      fs.cp('/f', '/g'),
      fs.chmod('/f', 0o600),
      fs.utimes('/f', new Date(), new Date()),
      fs.symlink('f', '/s'),
      fs.link('/f', '/h'),
    ];
    for (const outcome of await Promise.allSettled(attempts)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'EROFS' } });
    }
    await expect(fs.rm('/none', { force: true })).resolves.toBeUndefined();
    await expect(fs.mkdir('/d', { recursive: true })).resolves.toBeUndefined();
    expect(await fs.readdir('/')).toEqual(['d', 'f', 'l']);
  });

  it('changes a filesystem that can be changed', async () => {
    const fs = justBashFileSystem(writableFileSystem({ '/f': 'one\n' }));
    const shell = new Bash({ fs, cwd: '/' });
    const script = `
      echo two >> f && mkdir -p a/b && cp f a/b/g && mv a/b/g h && cat h && ln -s h l && readlink l && chmod 700 h && stat -c %a h
      touch -d 2020-01-02 h && stat h | grep -o 2020-01-02 && cp -r a c && rm -r a && rmdir c/b && echo x > c/x && find . && rm -rf c none && ls`;
    expect(await shell.exec(script)).toMatchObject({
      stdout: 'one\ntwo\nh\n700\n2020-01-02\n.\n./c\n./c/x\n./f\n./h\n./l\nf\nh\nl\n',
      stderr: '',
      exitCode: 0,
    });
  });

  it('makes an FsError of whatever is thrown, without its text', async () => {
    const inner = namespaceOf({ '/': files });
    const broken: FileSystem = {
      ...inner,
      stat: () => {
        throw new Error('token=canary');
      },
    };
    const failure = await justBashFileSystem(broken)
      .stat('/f')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FsError);
    expect(failure).toMatchObject({ code: 'EIO', path: '/f' });
    expect(String(failure)).not.toContain('canary');
  });

  it('ends what is pending in ECANCELED, whether the filesystem looks at the signal or not', async () => {
    const controller = new AbortController();
    const deaf: FileSystem = { ...namespaceOf({}), readFile: () => new Promise(() => undefined) };
    const pending = justBashFileSystem(deaf, { signal: controller.signal }).readFile('/f');
    controller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'ECANCELED' });
  });

  it('ends in ECANCELED when its signal has fired', async () => {
    const controller = new AbortController();
    const fs = justBashFileSystem(namespaceOf({ '/': files }), { signal: controller.signal });
    expect(await fs.readFile('/f')).toBe('text\n');
    controller.abort();
    await expect(fs.readFile('/f')).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});
