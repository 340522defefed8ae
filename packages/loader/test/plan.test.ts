import { FsError } from '@mountkit/core';
import { memory } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { load } from '../src/index.ts';
import { remoteDefinition } from './remote.ts';

describe('plan', () => {
  it('tells of each mount what it is and whom it would talk to, and asks for revisions only', async () => {
    const { definition, log } = remoteDefinition();
    const namespace = await load(
      {
        mounts: {
          '/m': { source: 'remote:a/b', follow: true, access: { root: '/sub' }, token: { env: 'TOKEN' } },
          '/n': { type: 'memory' },
        },
      },
      { backends: { memory: () => memory, remote: () => definition }, env: { TOKEN: 'canary' } },
    );
    const plan = await namespace.plan();
    expect(plan.mounts).toEqual([
      {
        path: '/m',
        type: 'remote',
        backend: 'remote:a/b',
        cacheNamespace: 'remote:a/b',
        revision: { id: 'revision-1' },
        capabilities: expect.objectContaining({ revisions: true, writes: [] }),
        origins: ['https://a.test'],
        access: { readOnly: true, root: '/sub' },
        writes: 'off',
        followMs: 60_000,
      },
      {
        path: '/n',
        type: 'memory',
        backend: 'memory',
        cacheNamespace: 'memory',
        capabilities: expect.objectContaining({ revisions: false }),
        origins: [],
        access: { readOnly: true, root: '/' },
        writes: 'off',
      },
    ]);
    expect(log.calls).toEqual(['resolve']);
    expect(JSON.stringify(plan)).not.toContain('canary');
    await namespace.close();
  });

  it('a remote that cannot be asked is told with its error, beside the others', async () => {
    const { definition } = remoteDefinition(({ repo }) =>
      repo === 'a/down'
        ? {
            resolve: () => {
              throw new FsError('EACCES', { op: 'resolve', reason: 'auth' });
            },
          }
        : {},
    );
    const namespace = await load(
      { mounts: { '/a': 'remote:a/down', '/b': 'remote:a/b' } },
      { backends: { remote: () => definition } },
    );
    expect((await namespace.plan()).mounts).toMatchObject([
      { path: '/a', error: { code: 'EACCES' } },
      { path: '/b', revision: { id: 'revision-1' } },
    ]);
    await namespace.close();
  });

  it('a mount that was taken away is not in it', async () => {
    const { definition } = remoteDefinition();
    const namespace = await load(
      { mounts: { '/a': 'remote:a/b', '/b': 'remote:a/c' } },
      { backends: { remote: () => definition } },
    );
    await namespace.unmount('/a');
    expect((await namespace.plan()).mounts.map(({ path }) => path)).toEqual(['/b']);
    await namespace.close();
  });
});
