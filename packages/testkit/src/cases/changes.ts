import assert from 'node:assert/strict';
import { isFsError, isNotModified } from '@mountkit/core';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { describeError } from '../probe.ts';
import { isComparable } from '../tree-walk.ts';
import type { View } from '../view.ts';
import { isVersioned, readFile } from './versions.ts';

/** Whether a mutation of the origin shows in a backend that is open. */
const isLive: NonNullable<Case['applies']> = ({ immutable, revisions }) => !immutable && !revisions;
/** Other bytes than `bytes`, as many, all alike. */
function contentOf(bytes: Uint8Array, letter: string): Uint8Array {
  return new Uint8Array(bytes.byteLength).fill(letter.codePointAt(0) ?? 0);
}

/** Gives the changing file other bytes while `use` runs, and the first ones afterwards. */
function changing<T>(
  bench: Bench,
  use: (view: View, change: (letter: string) => Promise<Uint8Array>) => Promise<T>,
): Promise<T> {
  const { path, bytes } = bench.roles.changing;
  return bench.fresh(async (view) => {
    try {
      return await use(view, async (letter) => {
        const content = contentOf(bytes, letter);
        await bench.fixture.mutate?.(bench.originPath(path), content);
        return content;
      });
    } finally {
      await bench.fixture.mutate?.(bench.originPath(path), bytes);
    }
  });
}

/** That no file is a mixture of two versions, and that another content is another version. They change the origin, so they come after those that compare facts. */
export const changeCases: readonly Case[] = [
  {
    id: 'versions.change',
    says: 'A file with other bytes has another version, and is read as it is now.',
    faces: ['raw', 'layers'],
    needs: ['mutate'],
    applies: isLive,
    run: (bench) =>
      changing(bench, async (view, change) => {
        const { path } = bench.roles.changing;
        const before = await readFile(bench, view, path);
        const content = await change('n');
        const after = await readFile(bench, view, path);
        assert.ok(Buffer.compare(after.bytes, content) === 0, 'the old bytes are read after the change');
        const [a, b] = [before.entry.version, after.entry.version];
        assert.ok(!isComparable(a, b) || a?.token !== b?.token, 'the version is the same after the change');
      }),
  },
  {
    id: 'versions.pin-stale',
    says: 'After a change, a read pinned to the old version is ESTALE, and never gives the new bytes.',
    faces: ['raw'],
    needs: ['mutate'],
    applies: (capabilities) => isLive(capabilities) && isVersioned(capabilities),
    run: (bench) =>
      changing(bench, async (view, change) => {
        const { path } = bench.roles.changing;
        const { version } = (await readFile(bench, view, path)).entry;
        if (version === undefined) return;
        await change('n');
        for (const request of [{ pin: version }, { pin: version, offset: 1, length: 10 }]) {
          const error = await bench.probe.failure(`read '${path}'`, () =>
            bench.probe.read(view.backend, path, request),
          );
          assert.ok(
            isFsError(error) && error.code === 'ESTALE',
            `the old pin: ${error === undefined ? 'the read succeeds' : describeError(error)}`,
          );
        }
      }),
  },
  {
    id: 'versions.unmixed',
    says: 'A body is of one version from its first byte to its last, whatever happens meanwhile.',
    needs: ['mutate'],
    applies: isLive,
    run: (bench) => changing(bench, (view, change) => mutateWhileReading(bench, view, change)),
  },
  {
    id: 'revisions.pinned',
    says: 'A backend at a revision goes on showing it when the remote has moved.',
    faces: ['raw'],
    needs: ['mutate'],
    applies: ({ revisions }) => revisions,
    run: (bench) =>
      changing(bench, async (view, change) => {
        const { path, bytes } = bench.roles.changing;
        const { own } = view;
        const first = await bench.probe.call('resolve', () => own.resolve?.({}) ?? assert.fail('there is no resolve'));
        const old = own.at?.(first) ?? assert.fail('there is no at');
        assert.ok(
          Buffer.compare((await readFile(bench, { ...view, backend: old }, path)).bytes, bytes) === 0,
          'other bytes came',
        );
        const content = await change('n');
        const second = await bench.probe.call('resolve', () => own.resolve?.({}) ?? assert.fail('there is no resolve'));
        assert.ok(second.id !== first.id, 'the revision is the same after the change');
        const now = own.at?.(second) ?? assert.fail('there is no at');
        assert.ok(
          Buffer.compare((await readFile(bench, { ...view, backend: now }, path)).bytes, content) === 0,
          'the new revision has the old bytes',
        );
        assert.ok(
          Buffer.compare((await readFile(bench, { ...view, backend: old }, path)).bytes, bytes) === 0,
          'the old revision has other bytes now',
        );
      }),
  },
];

/** Changes the file after the first piece of each body; a body may break then, but not be a mixture. */
async function mutateWhileReading(
  bench: Bench,
  view: View,
  change: (letter: string) => Promise<Uint8Array>,
): Promise<void> {
  const { path } = bench.roles.changing;
  for (const letter of 'bcdef') {
    await change(letter.toUpperCase());
    const answer = await bench.probe.call(`read '${path}'`, () => view.backend.read(path, {}, {}));
    if (isNotModified(answer)) assert.fail('read says "not modified"');
    const seen = new Set<number>();
    if (Array.isArray(answer.body)) {
      await change(letter);
      for (const chunk of answer.body) for (const byte of chunk) seen.add(byte);
    } else {
      const pieces = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      let isChanged = false;
      for (;;) {
        const piece = await bench.probe.call(`body of '${path}'`, () => pieces.next()).catch(() => undefined);
        if (piece === undefined || piece.done === true) break;
        for (const byte of piece.value) seen.add(byte);
        if (!isChanged) await change(letter);
        isChanged = true;
      }
    }
    assert.ok(seen.size <= 1, `the body of '${path}' has bytes of ${seen.size} versions`);
  }
}
