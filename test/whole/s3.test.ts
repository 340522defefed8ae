import { type S3Server, seededContent, startS3Server } from '@mountkit/test-s3-server';
import { createFileSystem } from 'mountkit/s3';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mountkit } from './command.ts';

const env = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret', AWS_REGION: 'us-east-1' };

describe('an S3 bucket through the command', () => {
  let server: S3Server;
  let directory: string;
  let mount: string[];
  const big = seededContent(7, 9_000_000);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mountkit-s3-'));
    server = await startS3Server();
    const bucket = server.createBucket('data');
    bucket.put('sets/readme.txt', 'hello\n');
    bucket.put('sets/deep/er/file.txt', 'deep\n');
    bucket.put('sets/big.bin', big);
    mount = ['--s3-endpoint', server.url, '--mount', '/data=s3://data/sets'];
  });
  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('lists and reads with the credentials of the environment', async () => {
    const script = 'find /data -type f | sort; cat /data/deep/er/file.txt';
    const { code, stdout, stderr } = await mountkit(['exec', ...mount, '--', script], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.toString()).toBe('/data/big.bin\n/data/deep/er/file.txt\n/data/readme.txt\ndeep\n');
  });

  it('cp copies a directory out of the mount, byte for byte', async () => {
    const to = join(directory, 'copy');
    expect(await mountkit(['cp', '-r', ...mount, '/data', to], { env })).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(to, { recursive: true })).toSorted()).toEqual([
      'big.bin',
      'deep',
      'deep/er',
      'deep/er/file.txt',
      'readme.txt',
    ]);
    const copied = await readFile(join(to, 'big.bin'));
    expect(copied.equals(server.bucket('data')?.bytes('sets/big.bin') ?? Buffer.alloc(0))).toBe(true);
  });

  it('cp leaves no part of a file behind when the origin fails', async () => {
    const to = join(directory, 'broken');
    const fault = server.fault({ kind: 'cut-body', match: { key: 'sets/big.bin' } });
    try {
      const { code, stderr } = await mountkit(['cp', '-r', ...mount, '/data', to], { env });
      expect(code).toBe(74);
      expect(stderr).toMatch(/^mountkit: EIO: /);
      expect((await readdir(to)).filter((name) => name.startsWith('.') || name === 'big.bin')).toEqual([]);
    } finally {
      fault.remove();
    }
  }, 60_000);

  it.each<[NodeJS.Signals, number | null]>([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ])(
    'cp that ends by %s leaves the old file as it was, and nothing that looks like a new one',
    async (signal, code) => {
      const to = join(directory, `ended-${signal}`);
      await mkdir(to);
      await writeFile(join(to, 'big.bin'), 'old');
      server.shape({ requestBandwidth: 500_000 });
      try {
        const onStart = async (child: ChildProcess): Promise<void> => {
          // In the middle: the file is being written, under another name.
          await vi.waitFor(
            async () => expect((await readdir(to)).filter((name) => name.startsWith('.'))).toHaveLength(1),
            30_000,
          );
          child.kill(signal);
        };
        let started: Promise<void> | undefined;
        const ended = await mountkit(['cp', ...mount, '/data/big.bin', to], {
          env,
          onStart: (child) => void (started = onStart(child)),
        });
        await started;
        expect([ended.code, ended.stderr]).toEqual([code, '']);
      } finally {
        server.shape({ requestBandwidth: Infinity });
      }
      expect(await readFile(join(to, 'big.bin'), 'utf8')).toBe('old');
      const others = (await readdir(to)).filter((name) => name !== 'big.bin');
      if (signal === 'SIGINT') expect(others).toEqual([]);
      for (const name of others) expect(name).toMatch(/^\.mountkit-/);
      // The next one puts it right.
      expect(await mountkit(['cp', ...mount, '/data/big.bin', to], { env })).toMatchObject({ code: 0, stderr: '' });
      expect((await stat(join(to, 'big.bin'))).size).toBe(9_000_000);
    },
    60_000,
  );

  it('cp says which file could not be written', async () => {
    const to = join(directory, 'in-the-way');
    await mkdir(join(to, 'data', 'readme.txt'), { recursive: true });
    const { code, stderr } = await mountkit(['cp', '-r', ...mount, '/data', to], { env });
    expect(code).toBe(1);
    expect(stderr).toBe("mountkit: EISDIR: is a directory, cp '/data/readme.txt': the destination cannot be written\n");
  });

  it('cp of a directory needs -r', async () => {
    const { code, stderr } = await mountkit(['cp', ...mount, '/data', directory], { env });
    expect([code, stderr]).toEqual([1, 'mountkit: EISDIR: is a directory, cp: a directory is copied with -r\n']);
  });

  it('wrong credentials are no missing file, and are not told', async () => {
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'canary-secret' };
    const { code, stderr } = await mountkit(['cat', ...mount, '/data/readme.txt'], { env: wrong });
    expect(code).toBe(74);
    expect(stderr).toMatch(/^mountkit: EACCES: permission denied/);
    expect(stderr).not.toContain('canary');
  });

  it('mountkit/s3 gives one ready to be mounted', async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
    const fs = await createFileSystem({
      bucket: 'data',
      prefix: 'sets',
      endpoint: server.url,
      region: 'us-east-1',
      credentials,
    });
    expect((await fs.readdir('/')).map(({ name }) => name)).toEqual(['big.bin', 'deep', 'readme.txt']);
    await fs.close();
  });
});
