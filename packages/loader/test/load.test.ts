import { memory } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { load } from '../src/index.ts';

describe('load', () => {
  it('mounts what a config names', async () => {
    const namespace = await load(
      { mounts: { '/a': { type: 'memory', files: { '/x/y': 'hello' } }, '/b': { type: 'memory', files: { '/z': 'there' } } } },
      { backends: { memory: () => memory } },
    );
    expect(new TextDecoder().decode(await namespace.readFile('/a/x/y'))).toBe('hello');
    expect(new TextDecoder().decode(await namespace.readFile('/b/z'))).toBe('there');
    expect((await namespace.readdir('/')).map(({ name }) => name)).toEqual(['a', 'b']);
    const { mounts } = await namespace.plan();
    expect(mounts).toMatchObject([{ path: '/a', type: 'memory', backend: 'memory' }, { path: '/b' }]);
    await namespace.close();
  });
});
