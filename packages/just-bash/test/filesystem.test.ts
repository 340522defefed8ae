import { exportHandle, type FileSystem, FsError, handleKey } from '@mountkit/core';
import { Bash, InMemoryFs, MountableFs } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { justBashFileSystem } from '../src/index.ts';
import { namespaceOf } from './shell.ts';

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

  it('ends in ECANCELED when its signal has fired', async () => {
    const controller = new AbortController();
    const fs = justBashFileSystem(namespaceOf({ '/': files }), { signal: controller.signal });
    expect(await fs.readFile('/f')).toBe('text\n');
    controller.abort();
    await expect(fs.readFile('/f')).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});
