import type { FsBackend } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { Bash, type IFileSystem, InMemoryFs } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { createRouter, justBashFileSystem } from '../src/index.ts';
import { countCalls } from './counting-backend.ts';
import { namespaceOf, shellOver } from './shell.ts';

// What clients of an origin use, and what `defenseInDepth` blocks while a script runs.
async function useBlockedThings(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setImmediate(resolve));
  new WeakRef({}).deref();
  new FinalizationRegistry(() => undefined).register({}, undefined);
  void process.env['HOME'];
  void performance.now();
  await (await fetch('data:text/plain,origin')).text();
}

const backend = (): FsBackend => countCalls(createMemoryBackend({ '/f': 'content\n' }), useBlockedThings);

describe('under defenseInDepth', () => {
  it('a backend uses timers, weak references, the environment and fetch, in every verb', async () => {
    const { run } = shellOver({ '/w': backend() }, { defenseInDepth: true });
    expect(await run('cat /w/f; ls /w; stat -c %s /w/f; grep -rn content /w; find /w')).toEqual({
      stdout: 'content\nf\n8\n/w/f:1:content\n/w\n/w/f\n',
      stderr: '',
      exitCode: 0,
    });
  });

  it('so does one behind the plain face', async () => {
    const fs = justBashFileSystem(namespaceOf({ '/': backend() }));
    expect((await new Bash({ fs, cwd: '/', defenseInDepth: true }).exec('cat /f')).stdout).toBe('content\n');
  });

  it('which is refused to a filesystem that works in the context of the script', async () => {
    const naive: IFileSystem = new InMemoryFs({ '/f': 'content\n' });
    naive.readFileBytes = async () => {
      await useBlockedThings();
      throw new Error('not refused');
    };
    const { stderr } = await new Bash({ fs: naive, defenseInDepth: true }).exec('cat /f');
    expect(stderr).not.toContain('not refused');
    expect(stderr).not.toBe('');
  });

  it('the script itself stays inside', async () => {
    const { run } = shellOver({ '/w': backend() }, { defenseInDepth: true });
    expect((await run('cat /w/f | while read -r l; do echo "$l"; done; echo $(cat /w/f)')).stdout).toBe(
      'content\ncontent\n',
    );
  });

  it('a lazy file of the base is read outside too', async () => {
    const base = new InMemoryFs({
      '/lazy': async () => {
        await useBlockedThings();
        return 'made';
      },
    });
    const router = createRouter({ namespace: namespaceOf({}), base });
    expect((await new Bash({ fs: router, defenseInDepth: true }).exec('cat /lazy')).stdout).toBe('made');
  });
});
