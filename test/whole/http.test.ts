import { copyBytes } from '@mountkit/core';
import {
  type HttpServerHandle,
  makeTree,
  probeRealServer,
  startRealServer,
  type Tree,
} from '@mountkit/test-http-server';
import { load } from 'mountkit';
import { createFileSystem } from 'mountkit/http';
import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const probe = await probeRealServer('python');

describe.skipIf(!probe.available)(`an HTTP tree, served by python http.server ${probe.reason ?? ''}`, () => {
  let root: string;
  let server: HttpServerHandle;
  let tree: Tree;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mountkit-http-'));
    tree = await makeTree(root, { seed: 1, bigFileBytes: 9 * 1024 * 1024, crowdSize: 50 });
    server = await startRealServer('python', { root });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('is mounted by its URL from the command line', async () => {
    const { code, stdout, stderr } = await mountkit([
      'exec',
      '--mount',
      `/ref=${server.url}`,
      '--',
      'ls /ref/crowd | wc -l',
    ]);
    expect([code, stdout.toString().trim(), stderr]).toEqual([0, '50', '']);
  });

  it('mountkit/http gives one ready to be mounted', async () => {
    const fs = await createFileSystem({ url: server.url });
    expect((await fs.stat('/crowd')).type).toBe('directory');
    await fs.close();
  });

  it('with a manifest of mountkit index every file lists with its size and reads back with its digest, and a changed byte is an error', async () => {
    const indexed = await mountkit(['index', root]);
    expect([indexed.code, indexed.stdout.toString()]).toEqual([0, expect.stringContaining('mountkit.index.json: ')]);
    const ns = await load({ mounts: { '/ref': `${server.url}mountkit.index.json` } });
    try {
      let read = 0;
      for (const [path, { size, sha256: expected }] of tree.files) {
        // Python cannot serve names with control characters by their own URL; a manifest cannot help there.
        if (/[\0-\x1f\x7f]/.test(path)) continue;
        expect(`${path} ${(await ns.stat(`/ref/${path}`)).size}`).toBe(`${path} ${size}`);
        expect(`${path} ${sha256(copyBytes([await ns.readFile(`/ref/${path}`)]))}`).toBe(`${path} ${expected}`);
        read += 1;
      }
      expect(read).toBeGreaterThan(50);
    } finally {
      await ns.close();
    }
    await writeFile(join(root, 'changed.txt'), 'as it was\n');
    expect((await mountkit(['index', root])).code).toBe(0);
    await appendFile(join(root, 'changed.txt'), 'and more\n');
    const { code, stdout, stderr } = await mountkit([
      'cat',
      '-m',
      `/ref=${server.url}mountkit.index.json`,
      '/ref/changed.txt',
    ]);
    expect([code, stdout.toString()]).toEqual([74, '']);
    expect(stderr).toMatch(/^mountkit: (?:EIO|ESTALE): /);
  }, 60_000);

  it('a server that is down is no missing file', async () => {
    const { code, stderr } = await mountkit(['cat', '-m', '/ref=http://127.0.0.1:9/', '/ref/x']);
    expect(code).toBe(74);
    expect(stderr).toMatch(/^mountkit: EIO: input\/output error \(unavailable\), /);
  });

  it('index says what is wrong with its directory, and not where it is', async () => {
    const { code, stderr } = await mountkit(['index', join(root, 'nowhere')]);
    expect([code, stderr]).toEqual([
      1,
      'mountkit: ENOENT: no such file or directory, index: the directory cannot be read or written\n',
    ]);
  });
});
