import { dirname, type FileSystem, isWithin, joinPath, rebasePath, segmentsOf } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNamespace, readText } from '../src/index.ts';
import { codeOf } from './observed-backend.ts';

type Node = { readonly file: string } | { readonly symlink: string } | { readonly directory: true };
type Tree = ReadonlyMap<string, Node>;

/** Path resolution as POSIX words it (XBD 4.13): one component after the other, nothing clever. */
function resolve(tree: Tree, path: string, follow: boolean): string {
  const left = segmentsOf(path);
  let at = '/';
  let links = 0;
  while (left.length > 0) {
    if (typeOf(tree, at) !== 'directory') throw new Error('ENOTDIR');
    const name = left.shift() ?? '';
    if (name === '..') {
      at = dirname(at);
      continue;
    }
    const next = joinPath(at, name);
    const node = tree.get(next);
    if (node === undefined) throw new Error('ENOENT');
    if (!('symlink' in node) || (left.length === 0 && !follow)) {
      at = next;
      continue;
    }
    links += 1;
    if (links > 40) throw new Error('ELOOP');
    if (node.symlink.startsWith('/')) at = '/';
    left.unshift(...node.symlink.split('/').filter((part) => part !== '' && part !== '.'));
  }
  return at;
}

function typeOf(tree: Tree, path: string): 'file' | 'directory' | 'symlink' {
  const node = tree.get(path);
  if (path === '/' || (node !== undefined && 'directory' in node)) return 'directory';
  return node !== undefined && 'symlink' in node ? 'symlink' : 'file';
}

function expected(tree: Tree, path: string): readonly string[] {
  const attempt = (read: () => string): string => {
    try {
      return read();
    } catch (error) {
      return (error as Error).message;
    }
  };
  return [
    attempt(() => typeOf(tree, resolve(tree, path, true))),
    attempt(() => typeOf(tree, resolve(tree, path, false))),
    attempt(() => resolve(tree, path, true)),
    attempt(() => {
      const real = resolve(tree, path, true);
      const node = tree.get(real);
      return node !== undefined && 'file' in node ? node.file : 'EISDIR';
    }),
    attempt(() => {
      const real = resolve(tree, path, true);
      if (typeOf(tree, real) !== 'directory') throw new Error('ENOTDIR');
      return [...tree.keys()]
        .filter((each) => each !== '/' && dirname(each) === real)
        .toSorted()
        .join(' ');
    }),
  ];
}

async function found(fs: FileSystem, path: string): Promise<readonly string[]> {
  const attempt = async (read: () => PromiseLike<string>): Promise<string> => {
    let value = '';
    const code = await codeOf(async () => {
      value = await read();
    });
    return code === 'ok' ? value : code;
  };
  return [
    await attempt(async () => (await fs.stat(path)).type),
    await attempt(async () => (await fs.lstat(path)).type),
    await attempt(async () => fs.realpath(path)),
    await attempt(async () => readText(fs, path)),
    await attempt(async () => {
      const real = await fs.realpath(path);
      return (await fs.readdir(path)).map(({ name }) => joinPath(real, name)).join(' ');
    }),
  ];
}

const name = fc.constantFrom('a', 'b', 'c');
const target = fc
  .tuple(fc.boolean(), fc.array(fc.constantFrom('a', 'b', 'c', '..', '.'), { minLength: 1, maxLength: 4 }))
  .map(([absolute, names]) => (absolute ? '/' : '') + names.join('/'));
const node: fc.Arbitrary<Node> = fc.oneof(
  fc.string().map((file) => ({ file })),
  target.map((symlink) => ({ symlink })),
  target.map((symlink) => ({ symlink })),
  fc.constant<Node>({ directory: true }),
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);

/** A tree without a node below anything but directories. */
const tree = fc.array(fc.tuple(path, node), { maxLength: 12 }).map((nodes): Tree => {
  const whole = new Map<string, Node>([['/', { directory: true }]]);
  for (const [at, each] of nodes) {
    const parents = segmentsOf(at).map((_, index, names) => `/${names.slice(0, index).join('/')}`);
    if (whole.has(at) || parents.some((parent) => whole.has(parent) && typeOf(whole, parent) !== 'directory')) continue;
    for (const parent of parents) whole.set(parent, { directory: true });
    whole.set(at, each);
  }
  return whole;
});

/** The tree in a namespace, each of the given directories a mount of its own. */
function mounted(whole: Tree, cuts: readonly string[]): ReturnType<typeof createNamespace> {
  const points = [
    '/',
    ...new Set(cuts.filter((cut) => cut !== '/' && whole.has(cut) && typeOf(whole, cut) === 'directory')),
  ];
  const ns = createNamespace();
  for (const point of points) {
    const lower = createMemoryBackend();
    for (const [at, each] of whole) {
      const nearest = points.filter((other) => isWithin(at, other)).toSorted((a, b) => b.length - a.length)[0];
      if (nearest !== point || at === point) continue;
      lower.set(rebasePath(at, point, '/'), 'file' in each ? { content: each.file } : each);
    }
    ns.mount(point, lower);
  }
  return ns;
}

describe('path resolution', () => {
  it('is that of POSIX, and mounting parts of a tree separately changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.array(path, { maxLength: 3 }),
        fc.array(path, { minLength: 1, maxLength: 8 }),
        async (whole, cuts, paths) => {
          const ns = mounted(whole, cuts);
          const asked = [...new Set([...paths, ...whole.keys()])];
          const answers = new Map<string, readonly string[]>();
          for (const each of asked) answers.set(each, await found(ns, each));
          expect(answers).toEqual(new Map(asked.map((each) => [each, expected(whole, each)])));
          await ns.close();
        },
      ),
      { seed: 20_240_607, numRuns: 150 },
    );
  }, 60_000);
});
