import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, exists, readText, walk } from '../src/index.ts';

const names = async (fs: Parameters<typeof walk>[0], path = '/'): Promise<string[]> => {
  const found: string[] = [];
  for await (const entry of walk(fs, path)) found.push(entry.path);
  return found;
};

describe('mounting', () => {
  it('shows a mount to the very next call', async () => {
    const ns = createNamespace();
    expect(await exists(ns, '/workspace/README.md')).toBe(false);
    ns.mount('/workspace', createMemoryBackend({ '/README.md': 'hello' }));
    expect(await readText(ns, '/workspace/README.md')).toBe('hello');
    await ns.close();
  });

  it('swaps what is mounted in one step', async () => {
    const ns = createNamespace();
    ns.mount('/data', createFileSystem({ lower: createMemoryBackend({ '/version': 'one' }) }));
    expect(await readText(ns, '/data/version')).toBe('one');
    await ns.replace('/data', createFileSystem({ lower: createMemoryBackend({ '/version': 'two' }) }));
    expect(await readText(ns, '/data/version')).toBe('two');
    expect(ns.mounts()).toMatchObject([{ path: '/data', generation: 2 }]);
  });

  it('falls back to what was below after an unmount', async () => {
    const ns = createNamespace();
    ns.mount('/', createMemoryBackend({ '/data/file': 'below' }));
    ns.mount('/data', createMemoryBackend({ '/file': 'above' }));
    expect(await readText(ns, '/data/file')).toBe('above');
    await ns.unmount('/data');
    expect(await readText(ns, '/data/file')).toBe('below');
  });

  it('keeps two mounts side by side apart', async () => {
    const ns = createNamespace();
    ns.mount('/a', createMemoryBackend({ '/file': 'of a' }));
    ns.mount('/b', createMemoryBackend({ '/file': 'of b' }));
    expect([await readText(ns, '/a/file'), await readText(ns, '/b/file')]).toEqual(['of a', 'of b']);
    const [a, b] = [await ns.stat('/a/file'), await ns.stat('/b/file')];
    expect(a.dev).not.toBe(b.dev);
  });

  it('shows a mount below a path nobody made to its parents', async () => {
    const ns = createNamespace();
    ns.mount('/deep/in/the/tree', createMemoryBackend({ '/leaf': '1' }));
    expect((await ns.readdir('/')).map(({ name }) => name)).toEqual(['deep']);
    expect(await names(ns)).toEqual([
      '/deep',
      '/deep/in',
      '/deep/in/the',
      '/deep/in/the/tree',
      '/deep/in/the/tree/leaf',
    ]);
    expect((await ns.stat('/deep/in')).type).toBe('directory');
  });
});
