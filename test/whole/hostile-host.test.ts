import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { checkout } from './packed-consumer.ts';

const bin = join(checkout, 'packages', 'mountkit', 'bin', 'mountkit.js');
const hasPipes = spawnSync('mkfifo', ['--version'], { stdio: 'ignore' }).status === 0;

describe('the command on a machine that does not play along', () => {
  let server: FaultServer;
  let directory: string;
  let mount: string[];

  beforeAll(async () => {
    server = await startFaultServer({ files: { 'a/b/file.txt': 'content\n' } });
    directory = await mkdtemp(join(tmpdir(), 'mountkit-hostile-'));
    mount = ['--mount', `/w=${server.url}`];
  });
  afterAll(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it.skipIf(!hasPipes)('cp writes to a pipe instead of taking its place (needs the program mkfifo)', async () => {
    const pipe = join(directory, 'pipe');
    spawnSync('mkfifo', [pipe]);
    const [copied, text] = await Promise.all([
      mountkit(['cp', ...mount, '/w/a/b/file.txt', pipe]),
      readFile(pipe, 'utf8'),
    ]);
    expect([copied.code, copied.stderr, text]).toEqual([0, '', 'content\n']);
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  it('cp -r does not write through a symbolic link that stands where a directory is to be', async () => {
    const [elsewhere, out] = [join(directory, 'elsewhere'), join(directory, 'out')];
    await mkdir(elsewhere);
    await mkdir(join(out, 'a'), { recursive: true });
    await symlink(elsewhere, join(out, 'a', 'b'));
    const { code, stderr } = await mountkit(['cp', '-r', ...mount, '/w/a', out]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('ENOTDIR')]);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'says so when what it prints finds no room (needs the device /dev/full)',
    async () => {
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [bin, 'cat', ...mount, '/w/a/b/file.txt'], {
        stdio: ['ignore', full, 'pipe'],
      });
      closeSync(full);
      let stderr = '';
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      expect([code, stderr]).toEqual([1, expect.stringContaining('ENOSPC')]);
    },
  );
});
