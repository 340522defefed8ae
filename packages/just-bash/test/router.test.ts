import type { Namespace } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { InMemoryFs } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { createRouter, mountkitBash } from '../src/index.ts';
import { namespaceOf, shellOver } from './shell.ts';
import { writableFileSystem } from './writable-filesystem.ts';

describe('listings', () => {
  it('show mount points and the directories that lead to them among those of the base', async () => {
    const { out } = shellOver({ '/w': { '/a': '1' }, '/mnt/deep/data': { '/d': '2' } });
    expect((await out('ls /')).split('\n')).toEqual(expect.arrayContaining(['dev', 'mnt', 'tmp', 'w']));
    expect(await out('ls /mnt /mnt/deep')).toBe('/mnt:\ndeep\n\n/mnt/deep:\ndata\n');
    expect(await out('find /mnt')).toBe('/mnt\n/mnt/deep\n/mnt/deep/data\n/mnt/deep/data/d\n');
    expect(await out('cd /mnt/deep && pwd && test -d /mnt && echo yes')).toBe('/mnt/deep\nyes\n');
  });

  it('merge what the base has beside a mount', async () => {
    const { out } = shellOver({ '/mnt/data': { '/d': '2' } });
    expect(await out('echo x > /mnt/file; mkdir /mnt/more; ls -F /mnt; cat /mnt/file')).toBe('data/\nfile\nmore/\nx\n');
  });

  it('a mount hides what the base has at its place until it is unmounted', async () => {
    const { out, namespace } = shellOver({});
    await out('mkdir /data; echo base > /data/f');
    namespace.mount('/data', createMemoryBackend({ '/f': 'mounted\n' }));
    expect(await out('cat /data/f; ls /data')).toBe('mounted\nf\n');
    await namespace.unmount('/data');
    expect(await out('cat /data/f')).toBe('base\n');
  });
});

describe('live changes', () => {
  it('a mount is seen by the next command, an unmount falls back, a replacement swaps', async () => {
    const { out, run, namespace } = shellOver({});
    expect((await run('cat /w/f')).exitCode).toBe(1);
    namespace.mount('/w', createMemoryBackend({ '/f': 'one\n' }));
    namespace.mount('/other', createMemoryBackend({ '/g': 'side\n' }));
    expect(await out('cat /w/f /other/g')).toBe('one\nside\n');
    await namespace.replace('/w', createMemoryBackend({ '/f': 'two\n' }));
    expect(await out('cat /w/f; find /w')).toBe('two\n/w\n/w/f\n');
    await namespace.unmount('/w');
    expect((await run('cat /w/f')).exitCode).toBe(1);
    expect(await out('ls / | grep -c "^w$"; cat /other/g')).toBe('0\nside\n');
  });

  it('a router without a shell sees them at the next call', async () => {
    const namespace = namespaceOf({});
    const router = createRouter({ namespace });
    expect(await router.exists('/w/f')).toBe(false);
    namespace.mount('/w', createMemoryBackend({ '/f': 'one' }));
    expect(await router.readFile('/w/f')).toBe('one');
  });
});

describe('nested and root mounts', () => {
  it('the longest mount point wins', async () => {
    const { out } = shellOver({ '/w': { '/f': 'outer\n', '/in/hidden': 'x' }, '/w/in': { '/f': 'inner\n' } });
    expect(await out('cat /w/f /w/in/f; ls /w /w/in')).toBe('outer\ninner\n/w:\nf\nin\n\n/w/in:\nf\n');
  });

  it("a mount at '/' leaves the shell its own directories", async () => {
    const root = {
      '/README.md': 'root\n',
      '/usr/share/doc': 'd',
      '/tmp/seed': 'from the mount\n',
      '/bin/tool': 'echo tool\n',
    };
    const { out, run } = shellOver({ '/': root, '/mnt/x': { '/f': 'nested\n' } });
    expect(await out('cat /README.md /mnt/x/f; echo t > /tmp/t; cat /tmp/t')).toBe('root\nnested\nt\n');
    expect((await out('ls /')).split('\n')).toEqual([
      'README.md',
      'bin',
      'dev',
      'home',
      'mnt',
      'proc',
      'tmp',
      'usr',
      '',
    ]);
    expect(await out('ls /tmp; cat /tmp/seed; ls /usr; ls /bin | grep -cE "^tool$|^cat$"')).toBe(
      'seed\nt\nfrom the mount\nbin\nshare\n2\n',
    );
    expect(await run('echo x > /new')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('EROFS') });
    expect(await out('mkdir -p /home/user/p/q && touch /home/user/p/q/f && find /home')).toContain('/home/user/p/q/f');
  });
});

describe('symlinks', () => {
  it('of a mount lead into the base', async () => {
    const { out } = shellOver({ '/w': { '/out': { symlink: '/tmp/t' }, '/up': { symlink: '../tmp' } } });
    expect(await out('echo hi > /tmp/t; cat /w/out /w/up/t; ls /w/up; stat -c %s /w/out')).toBe('hi\nhi\nt\n3\n');
    expect(await out('echo new > /w/out; cat /tmp/t; echo more >> /w/up/t; cat /tmp/t')).toBe('new\nnew\nmore\n');
    expect(await out('readlink /w/out; cd -P /w/up; pwd')).toBe('/tmp/t\n/tmp\n');
  });

  it('of the base lead into a mount', async () => {
    const { out, run } = shellOver({ '/w': { '/dir/f': 'in\n' } });
    expect(await out('ln -s /w/dir /tmp/l; ln -s l/f /tmp/f; cat /tmp/l/f /tmp/f; ls /tmp/l')).toBe('in\nin\nf\n');
    expect(await run('echo x > /tmp/f')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('EROFS') });
    expect(await out('rm -r /tmp/f /tmp/l; cat /w/dir/f; ls /tmp')).toBe('in\n');
  });

  it('of the base into a place that a mount hides lead into the mount', async () => {
    const { out, namespace } = shellOver({});
    await out('mkdir /data; echo base > /data/f; ln -s /data/f /tmp/l');
    namespace.mount('/data', createMemoryBackend({ '/f': 'mounted\n' }));
    expect(await out('cat /tmp/l')).toBe('mounted\n');
  });

  it('that go in circles across the border are ELOOP', async () => {
    const { fs, out } = shellOver({ '/w': { '/a': { symlink: '/tmp/b' } } });
    await out('ln -s /w/a /tmp/b');
    await expect(fs.readFile('/w/a')).rejects.toMatchObject({ code: 'ELOOP' });
  });
});

describe('changes', () => {
  it('removing or renaming a mount point, or what holds one, is EBUSY', async () => {
    const { fs } = shellOver({ '/mnt/w': { '/f': '1' } });
    for (const path of ['/mnt/w', '/mnt', '/']) {
      await expect(fs.rm(path, { recursive: true, force: true })).rejects.toMatchObject({ code: 'EBUSY' });
    }
    await expect(fs.mv('/mnt/w', '/tmp/w')).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(fs.mv('/mnt', '/tmp/w')).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(fs.mv('/tmp', '/mnt/w')).rejects.toMatchObject({ code: 'EBUSY' });
  });

  it('cp goes across in both directions where it may', async () => {
    const { out, run } = shellOver({ '/w': { '/f': '1\n' }, '/v': { '/g': '2\n' } });
    expect(await out('cp /w/f /v/g /tmp; cat /tmp/f /tmp/g')).toBe('1\n2\n');
    expect(await run('cp /tmp/f /v/h')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('EROFS') });
    expect(await run('cp -r /w /w/again')).toMatchObject({ exitCode: 1 });
  });

  it('mv out of a read-only mount is EROFS and copies nothing', async () => {
    const { run, out } = shellOver({ '/w': { '/f': '1' }, '/v': {} });
    for (const target of ['/tmp/f', '/v/f', '/w/g']) {
      expect(await run(`mv /w/f ${target}`)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('EROFS') });
    }
    expect(await run('echo x > /tmp/x; mv /tmp/x /w/x')).toMatchObject({ exitCode: 1 });
    expect(await out('ls /tmp /w')).toBe('/tmp:\nx\n\n/w:\nf\n');
  });

  it('reach a mount that can be changed', async () => {
    const mounted = writableFileSystem({ '/f': 'one\n' });
    const namespace: Namespace = {
      ...namespaceOf({}),
      ...mounted,
      mounts: () => [{ path: '/', backend: 'writable', readOnly: false, generation: 1 }],
      snapshot: () => mounted,
    };
    const { exec } = mountkitBash({ namespace });
    const script = `
      echo two >> /f && mkdir -p /a/b && cp /f /a/b/g && mv /a/b/g /tmp/h && cat /tmp/h && mv /tmp/h /a/h && mv /a /c
      cp -r /c /tmp/c && find /tmp/c /c && rm -r /c && ln -s /tmp/c/h /l && cat /l && echo three > /l && cat /tmp/c/h; ls /`;
    expect(await exec(script)).toMatchObject({
      stdout: expect.stringMatching(
        /^one\ntwo\n\/tmp\/c\n\/tmp\/c\/b\n\/tmp\/c\/h\n\/c\n\/c\/b\n\/c\/h\none\ntwo\nthree\n/,
      ),
      stderr: '',
      exitCode: 0,
    });
    expect((await Promise.resolve(mounted.readdir('/'))).map(({ name }) => name)).toEqual(['f', 'l']);
  });

  it('hard links do not cross', async () => {
    const { fs } = shellOver({ '/w': { '/f': '1' } });
    await expect(fs.link('/w/f', '/tmp/f')).rejects.toMatchObject({ code: 'EXDEV' });
  });

  it('the base works as it does without a router', async () => {
    const { out } = shellOver({ '/w': {} });
    const script = `
      mkdir -p /tmp/a/b && echo 1 > /tmp/a/b/f && cp -r /tmp/a /tmp/c && mv /tmp/c /tmp/d && chmod 755 /tmp/d/b/f
      ln /tmp/d/b/f /tmp/hard && echo 2 >> /tmp/a/b/f && rm -r /tmp/d/b && find /tmp && cat /tmp/a/b/f /tmp/hard
      touch -d 2020-01-02 /tmp/hard && stat -c %a /tmp/hard && rmdir /tmp/d && ls /tmp`;
    expect(await out(script)).toBe('/tmp\n/tmp/a\n/tmp/a/b\n/tmp/a/b/f\n/tmp/d\n/tmp/hard\n1\n2\n1\n755\na\nhard\n');
  });
});

describe('as a filesystem', () => {
  it('gives errors with a code and the message just-bash looks into', async () => {
    const { fs } = shellOver({ '/w': { '/f': '1', '/d/e': '2' } });
    await expect(fs.readFile('/w/none')).rejects.toMatchObject({
      code: 'ENOENT',
      message: expect.stringMatching(/^ENOENT: no such file or directory, .*'\/w\/none'/),
    });
    await expect(fs.readFile('/w/d')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(fs.readdir('/w/f')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(fs.readFile('/w/\0')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(fs.readFile('/tmp/none')).rejects.toThrow(/^ENOENT: no such file or directory/);
    expect(await fs.exists('/w/\0')).toBe(false);
  });

  it('gives every file an identity that stays, and no two the same', async () => {
    const { fs } = shellOver({ '/w': { '/f': '1', '/g': '1' }, '/v': { '/f': '1' } });
    const identities = await Promise.all(['/w', '/v', '/w/f', '/w/g', '/v/f'].map((path) => fs.stat(path)));
    expect(new Set(identities.map(({ identity }) => identity)).size).toBe(5);
    expect((await fs.stat('/w/f')).identity).toBe(identities[2]?.identity);
  });

  it('takes another base, and hands its init methods on', async () => {
    const base = new InMemoryFs({ '/etc/motd': 'hi' });
    const router = createRouter({ namespace: namespaceOf({ '/w': {} }), base });
    router.writeFileSync?.('/etc/more', 'there');
    expect(await router.readdir('/etc')).toEqual(['more', 'motd']);
    expect(await base.readFile('/etc/more')).toBe('there');
    expect(router.getAllPaths()).toContain('/etc/motd');
  });

  it('encodes and decodes as just-bash does', async () => {
    const { fs } = shellOver({ '/w': { '/f': Uint8Array.of(0xc3, 0xa9, 0xff) } });
    expect(await fs.readFile('/w/f', 'latin1')).toBe('Ã©ÿ');
    expect(await fs.readFile('/w/f', { encoding: 'hex' })).toBe('c3a9ff');
    expect(await fs.readFile('/w/f', 'base64')).toBe('w6n/');
    await fs.writeFile('/tmp/b', 'Ã©ÿ', 'binary');
    expect(await fs.readFileBuffer('/tmp/b')).toEqual(Uint8Array.of(0xc3, 0xa9, 0xff));
    await fs.appendFile('/tmp/b', 'é');
    expect(await fs.readFile('/tmp/b', 'hex')).toBe('c3a9ffc3a9');
  });
});
