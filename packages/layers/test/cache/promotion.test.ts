import type { Entry, ListPage } from '@mountkit/core';
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
        stat: (path) => answer(`stat ${path}`, path.startsWith('/d') ? directory : fileEntry(1)),
        list: (path) => answer<ListPage>(`list ${path}`, { entries: [] }),
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
    expect(asked.slice(0, 2)).toEqual([`${op} /d`, 'stat /last']);
  },
);
