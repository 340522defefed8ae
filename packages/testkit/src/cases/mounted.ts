import assert from 'node:assert/strict';
import type { Namespace } from '@mountkit/core';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { sameBytes } from '../findings.ts';
import { describeEnd } from '../probe.ts';
import { lacksSymlinks } from '../roles.ts';

async function space(bench: Bench): Promise<{ readonly namespace: Namespace; at(path: string): string }> {
  const { namespace, at } = await bench.view();
  return namespace === undefined ? assert.fail('nothing is mounted') : { namespace, at };
}

/** What only a filesystem shows. */
export const mountedCases: readonly Case[] = [
  {
    id: 'mounted.sorted',
    says: 'A directory is listed completely, sorted by the bytes of the names.',
    faces: ['mounted'],
    async run(bench) {
      const { namespace, at } = await space(bench);
      const entries = await bench.probe.call('readdir', () => namespace.readdir(at(bench.roles.wide)));
      const names = entries.map(({ name }) => Buffer.from(name));
      assert.deepEqual(names, names.toSorted(Buffer.compare));
    },
  },
  {
    id: 'mounted.symlinks',
    says: 'A symlink leads where it points, within the namespace.',
    faces: ['mounted'],
    applies: ({ symlinks }) => symlinks,
    lacks: lacksSymlinks,
    async run(bench) {
      const { namespace, at } = await space(bench);
      const { symlink } = bench.roles;
      if (symlink === undefined) return;
      const target = await bench.probe.call('readlink', () => namespace.readlink(at(symlink.path)));
      assert.ok(target === symlink.target, `'${symlink.path}' leads to '${target}', not to '${symlink.target}'`);
      if (!bench.tree.nodes.has('/links/to-file')) return;
      const bytes = await bench.probe.call('readFile', () => namespace.readFile(at('/links/to-file')));
      sameBytes(bytes, bench.roles.small.bytes);
    },
  },
  {
    id: 'mounted.read-only',
    says: 'A mount without a write path refuses every change with EROFS.',
    faces: ['mounted'],
    async run(bench) {
      const { namespace, at } = await space(bench);
      const error = await bench.probe.failure('writeFile', () => namespace.writeFile(at('/new-file'), 'x'));
      const { code } = (error ?? {}) as { code?: unknown };
      assert.ok(code === 'EROFS', `a new file: ${describeEnd(error)}`);
    },
  },
  {
    id: 'mounted.parents',
    says: 'The parents of a mount point show the way to it.',
    faces: ['mounted'],
    async run(bench) {
      const { namespace } = await space(bench);
      const entries = await bench.probe.call('readdir', () => namespace.readdir('/a/b'));
      assert.deepEqual(
        entries.map(({ name, type }) => [name, type]),
        [['c', 'directory']],
      );
    },
  },
];
