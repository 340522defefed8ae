import type { Entry, ListPage, ReadAnswer } from '@mountkit/core';
import { expect, it } from 'vitest';
import { compose } from '../../src/index.ts';
import { fileEntry, scripted } from '../scripted-backend.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';

const directory: Entry = { path: '', type: 'directory', size: 0, sizeKind: 'exact' };

it.each(['stat', 'list'] as const)(
  'a %s that was begun as a hint goes to the front once somebody waits for it',
  async (op) => {
    const clock = createVirtualClock();
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const answer = <T>(call: string, value: T): Promise<T> => {
      asked.push(call);
      return new Promise((resolve) => answers.push(() => resolve(value)));
    };
    const { backend, controls } = compose(
      scripted({
        stat: (path, _request, { priority = 'demand' }) =>
          answer(`stat ${path} ${priority}`, path.startsWith('/d') ? directory : fileEntry(1)),
        list: (path, _request, { priority = 'demand' }) =>
          answer<ListPage>(`list ${path} ${priority}`, { entries: [] }),
      }),
      { clock, concurrency: 1 },
    );
    const pending: PromiseLike<unknown>[] = [];
    const wait = (value: unknown): void => void pending.push(Promise.resolve(value));
    if (op === 'list') {
      wait(backend.stat('/d', {}, {}));
      answers.shift()?.();
      await settled();
    }
    wait(backend.stat('/first', {}, {}));
    controls.prefetch?.(['/d'], {});
    await settled();
    for (let index = 0; index < 3; index += 1) wait(backend.stat(`/hint${index}`, {}, { priority: 'hint' }));
    wait(op === 'stat' ? backend.stat('/d', {}, {}) : backend.list('/d', {}, {}));
    wait(backend.stat('/last', {}, {}));
    asked.length = 0;
    while (answers.length > 0) {
      answers.shift()?.();
      await settled();
    }
    await Promise.all(pending);
    expect(asked.slice(0, 2)).toEqual([`${op} /d demand`, 'stat /last demand']);
  },
);

it('pages that are announced go to the front once somebody waits for them', async () => {
  const clock = createVirtualClock();
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const files = ['a', 'b', 'c'].map((path) => fileEntry(5, { path }));
  const { backend, controls } = compose(
    scripted({
      list: () => ({ entries: files }),
      stat: async (path) => {
        asked.push(`stat ${path}`);
        await new Promise<void>((resolve) => answers.push(resolve));
        return fileEntry(1);
      },
      read: async (path, _request, { priority }): Promise<ReadAnswer> => {
        asked.push(`read ${path} ${priority}`);
        return { entry: fileEntry(5), start: 0, body: [new Uint8Array(5)] };
      },
    }),
    { clock, concurrency: 4 },
  );
  await backend.list('/d', {}, {});
  // All permits are taken, so that what comes now queues.
  const pending: PromiseLike<unknown>[] = [0, 1, 2, 3].map((index) =>
    Promise.resolve(backend.stat(`/busy${index}`, {}, {})),
  );
  controls.prefetch?.(['/d/a', '/d/b', '/d/c'], {});
  await settled();
  expect(asked).toEqual(['stat /busy0', 'stat /busy1', 'stat /busy2', 'stat /busy3']);
  asked.length = 0;
  pending.push(Promise.resolve(backend.read('/d/c', {}, {})));
  answers.shift()?.();
  await settled();
  // A gate further down has to see it as well.
  expect(asked).toEqual(['read /d/c demand', 'read /d/a hint', 'read /d/b hint']);
  for (const answer of answers) answer();
  await Promise.all(pending);
});
