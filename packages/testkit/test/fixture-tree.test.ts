import { encodeName } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { type FixtureNode, fixtureTree, type FixtureTreeOptions, treeOf } from '../src/index.ts';

const leftOut = (...paths: readonly string[]): FixtureTreeOptions => ({
  symlinks: true,
  leaveOut: paths.map((path) => ({ path, reason: 'the origin holds no such thing' })),
});

describe('the tree of the kit', () => {
  it('has a name that a backend has to escape', () => {
    const names = [...fixtureTree().nodes.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1));
    expect(names.filter((name) => name !== '' && encodeName(name) !== name)).toEqual(['%!x']);
  });

  it('refuses an option that does not exist, and says which there are', () => {
    const options = { symlink: true } as FixtureTreeOptions;
    expect(() => fixtureTree(options)).toThrow(
      "fixtureTree has no key 'symlink': it has symlinks, modes, emptyDirectories, leaveOut",
    );
  });
});

describe('what is left out', () => {
  it('is gone with all below it, and is listed with the reason', () => {
    const tree = fixtureTree(leftOut('/docs/deep'));
    expect([...tree.nodes.keys()].filter((path) => path.startsWith('/docs'))).toEqual(['/docs', '/docs/guide.md']);
    expect(tree.leftOut).toEqual([{ path: '/docs/deep', reason: 'the origin holds no such thing' }]);
  });

  it.each([
    ['/names/hashtag', "leaveOut names '/names/hashtag', which is not in the tree"],
    ['/Names/HASH#tag', "leaveOut names '/Names/HASH#tag', which is not in the tree; did you mean '/names/hash#tag'?"],
    ['names/hash#tag', "did you mean '/names/hash#tag'?"],
    ['hash#tag', "did you mean '/names/hash#tag'?"],
    ['/docs/', "did you mean '/docs'?"],
    ['/', 'which is not in the tree'],
  ])('has to be there: %s', (path, message) => {
    expect(() => fixtureTree(leftOut(path))).toThrow(message);
  });

  it('has to have a reason', () => {
    expect(() => fixtureTree({ leaveOut: [{ path: '/docs', reason: '' }] })).toThrow('{ path, reason }');
    expect(() => fixtureTree({ leaveOut: ['/docs'] as never })).toThrow('{ path, reason }');
  });

  it('takes the symlinks along that lead to it', () => {
    const tree = fixtureTree(leftOut('/docs'));
    expect(tree.nodes.has('/links/to-directory')).toBe(false);
    expect(tree.nodes.has('/links/to-file')).toBe(true);
    expect(tree.nodes.has('/links/dangling')).toBe(true);
    expect(tree.leftOut[1]).toEqual({ path: '/links/to-directory', reason: "it leads to '/docs', which is left out" });
  });

  it('takes symlinks to such symlinks along, and those to a directory of which nothing is left', () => {
    const nodes = new Map<string, FixtureNode>([
      ['/a/file', { type: 'file', bytes: Buffer.from('x') }],
      ['/first', { type: 'symlink', target: 'a' }],
      ['/second', { type: 'symlink', target: '/first' }],
    ]);
    const tree = treeOf(nodes, [{ path: '/a/file', reason: 'too small' }]);
    expect([...tree.nodes.keys()]).toEqual(['/']);
    expect(tree.leftOut.map(({ path }) => path)).toEqual(['/a/file', '/first', '/second']);
  });
});
