import { lazyFile } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { shellOver } from './shell.ts';

const bytes = Uint8Array.from({ length: 1024 }, (_, index) => (index * 7) % 256);
const files = {
  '/README.md': 'hello\nworld\n',
  '/src/a.ts': 'const a = 1;\n',
  '/src/deep/b.ts': 'const b = 2;\n',
  '/bin/run': { content: '#!/bin/sh\necho ran "$@"\n', mode: 0o755 },
  '/blob': bytes,
  '/link': { symlink: 'src/a.ts' },
  '/dir-link': { symlink: 'src' },
  '/dangling': { symlink: 'nowhere' },
  '/ünï cødé': 'wide ☃\n',
} as const;

describe('commands over a mount', () => {
  it('cat gives the bytes of a binary file exactly, to a pipe, to a file and back', async () => {
    const { out, fs } = shellOver({ '/w': files });
    expect(await out('cat /w/blob | wc -c')).toBe('1024\n');
    await out('cat /w/blob > /tmp/copy; cp /w/blob /tmp/copy2');
    expect(await fs.readFileBuffer('/tmp/copy')).toEqual(bytes);
    expect(await fs.readFileBuffer('/tmp/copy2')).toEqual(bytes);
  });

  it('cat keeps text beyond ASCII', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('cat "/w/ünï cødé"; ls /w | grep ünï')).toBe('wide ☃\nünï cødé\n');
  });

  it('ls -la shows sizes, and what kind each entry is', async () => {
    const { out } = shellOver({ '/w': files });
    const lines = (await out('ls -la /w')).split('\n').map((line) => line.replaceAll(/\s+/g, ' '));
    expect(lines).toContainEqual(expect.stringMatching(/^-rw-r--r-- .* 12 .* README\.md$/));
    expect(lines).toContainEqual(expect.stringMatching(/^drwxr-xr-x .* src\/$/));
    expect(lines).toContainEqual(expect.stringMatching(/ 1024 .* blob$/));
  });

  it('ls -laR descends into every directory', async () => {
    const { out } = shellOver({ '/w': files });
    const listing = await out('ls -laR /w');
    expect(listing).toContain('/w/src/deep:\n');
    expect(listing).toMatch(/ b\.ts\n/);
  });

  it('find walks the tree', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('find /w -name "*.ts" -type f | sort')).toBe('/w/src/a.ts\n/w/src/deep/b.ts\n');
  });

  it('grep -rn finds in every file', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('grep -rn "const" /w/src')).toBe('/w/src/a.ts:1:const a = 1;\n/w/src/deep/b.ts:1:const b = 2;\n');
  });

  it('head -c, tail, wc -c and stat', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('head -c 4 /w/README.md')).toBe('hell');
    expect(await out('tail -n 1 /w/README.md')).toBe('world\n');
    expect(await out('wc -c < /w/README.md')).toMatch(/^\s*12\n$/);
    expect(await out('stat -c "%s %a %F" /w/README.md /w/src')).toBe('12 644 regular file\n0 755 directory\n');
  });

  it('test tells executables, links, directories and what is not there', async () => {
    const { out } = shellOver({ '/w': files });
    const script = `
      test -x /w/bin/run && echo executable; test -x /w/README.md || echo plain
      test -L /w/link && echo link; test -L /w/src/a.ts || echo 'no link'
      test -d /w/dir-link && echo directory; test -e /w/none || echo missing
      test -e /w/dangling || echo dangling; test -s /w/README.md && echo full`;
    expect(await out(script)).toBe('executable\nplain\nlink\nno link\ndirectory\nmissing\ndangling\nfull\n');
  });

  it('readlink and reads through links', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('readlink /w/link; cat /w/link /w/dir-link/deep/b.ts')).toBe(
      'src/a.ts\nconst a = 1;\nconst b = 2;\n',
    );
  });

  it('patterns expand', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('echo /w/src/*.ts /w/*/deep; cd /w; echo R*')).toBe('/w/src/a.ts /w/src/deep\nREADME.md\n');
  });

  it('a script of the mount runs', async () => {
    const { out } = shellOver({ '/w': files });
    expect(await out('/w/bin/run one two; cd /w && . ./bin/run')).toBe('ran one two\nran\n');
  });

  it('cp -r takes a tree off the mount, with modes and links', async () => {
    const { run, out } = shellOver({ '/w': files });
    expect(await run('cp -r /w /tmp/w')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect(await out('diff /w/src/deep/b.ts /tmp/w/src/deep/b.ts && cat /tmp/w/link && readlink /tmp/w/dangling')).toBe(
      'const a = 1;\nnowhere\n',
    );
    expect(await out('test -x /tmp/w/bin/run && echo executable')).toBe('executable\n');
    expect(await run('cp -r /w /tmp/w/again && cp -r /w/. /tmp/w')).toMatchObject({ exitCode: 0 });
  });

  it('says that the mount is read-only', async () => {
    const { run } = shellOver({ '/w': files });
    const { stderr, exitCode } = await run('touch /w/new; mkdir /w/dir; rm /w/README.md');
    expect(exitCode).toBe(1);
    expect(stderr.match(/EROFS: read-only file system/g)).toHaveLength(3);
    expect((await run('cat /w/README.md')).stdout).toBe('hello\nworld\n');
  });

  it('reads a lazy file once, at the first read and not at a listing', async () => {
    let reads = 0;
    const read = (): string => {
      reads += 1;
      return 'made\n';
    };
    const { out } = shellOver({ '/w': { '/lazy': lazyFile({ size: 5, read }) } });
    await out('ls -la /w; find /w; stat /w/lazy');
    expect(reads).toBe(0);
    expect(await out('cat /w/lazy & cat /w/lazy; wait; cat /w/lazy')).toContain('made\n');
    expect(reads).toBe(1);
  });

  it('reads a file whose size nobody knows', async () => {
    const { out } = shellOver({ '/w': { '/lazy': lazyFile({ read: () => 'unsized' }) } });
    expect(await out('stat -c %s /w/lazy; cat /w/lazy; wc -c < /w/lazy')).toMatch(/^0\nunsized\s*7\n$/);
  });
});
