import { type Entry, FsError, isThenable, type ListPage, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/index.ts';
import { errorOf, fileEntry, scripted, textOf, v1, v2 } from '../scripted-backend.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';

const old = (more: Partial<Entry> = {}): Entry => fileEntry(3, { version: v1, ...more });
const newer = (more: Partial<Entry> = {}): Entry => fileEntry(5, { version: v2, ...more });
const body = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];

/** An origin whose first answers come when the test says so: what they tell is old by then. */
function slowFirst() {
  const clock = createVirtualClock();
  const asked: string[] = [];
  let go = (): void => undefined;
  let held: Promise<void> | undefined = new Promise((resolve) => (go = resolve));
  const first = <T>(call: string, then: T, now: T): T | Promise<T> => {
    asked.push(call);
    return held === undefined ? now : held.then(() => then);
  };
  const directory: Entry = { path: '', type: 'directory', size: 0, sizeKind: 'exact' };
  const composed = compose(
    scripted(
      {
        stat: (path) => (path === '/d' ? directory : first(`stat ${path}`, old(), newer())),
        list: (path) =>
          first<ListPage>(
            `list ${path}`,
            { entries: [old({ path: 'f' }), old({ path: 'gone' })] },
            { entries: [newer({ path: 'f' })] },
          ),
        read: (path, { pin }) => {
          const then = { entry: old(), start: 0, body: body('old') };
          const now = { entry: newer(), start: 0, body: body('newer') };
          return first<ReadAnswer>(`read ${path}`, then, pin?.token === 'v1' ? then : now);
        },
        async *readMany(wanted) {
          asked.push('readMany');
          await held;
          for (const { path } of wanted) yield { path, entry: old(), body: body('old') };
        },
      },
      { readMany: true },
    ),
    { clock, retry: { attempts: 1 } },
  );
  return {
    ...composed,
    asked,
    /** Something is changed, and only then come the answers to what was asked before. */
    async change(path: string): Promise<void> {
      composed.controls.invalidate?.(path);
      held = undefined;
      go();
      await settled();
    },
  };
}

describe('what was asked for ahead and comes after a change', () => {
  it('of a stat and a listing is not believed', async () => {
    const { backend, controls, change, asked } = slowFirst();
    await backend.stat('/d', {}, {});
    controls.prefetch?.(['/d', '/d/f'], {});
    await settled();
    expect(asked).toEqual(['list /d', 'stat /d/f']);
    await change('/d/f');
    expect(controls.peek?.('/d/f')).toBeUndefined();
    expect(await backend.list('/d', {}, {})).toMatchObject({ entries: [{ path: 'f', size: 5 }] });
    expect(await backend.stat('/d/f', {}, {})).toMatchObject({ size: 5, version: v2 });
    expect(await errorOf(() => backend.stat('/d/gone', {}, {}))).toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['whose version is known', true],
    ['whose version comes with its bytes', false],
  ])('of the content of a file %s is not what is read', async (_name, isKnown) => {
    const clock = createVirtualClock();
    let now = { text: 'old', version: v1 };
    const answers: (() => void)[] = [];
    const { backend, controls } = compose(
      scripted({
        list: () => {
          const { version: _, ...unknown } = old({ path: 'f' });
          return { entries: [isKnown ? old({ path: 'f' }) : unknown] };
        },
        read: async (): Promise<ReadAnswer> => {
          const { text, version } = now;
          if (text === 'old') await new Promise<void>((resolve) => answers.push(resolve));
          return { entry: fileEntry(text.length, { version }), start: 0, body: body(text) };
        },
      }),
      { clock },
    );
    await backend.list('/', {}, {});
    controls.prefetch?.(['/f'], {});
    await settled();
    expect(answers).toHaveLength(1);
    now = { text: 'newer', version: v2 };
    controls.invalidate?.('/f');
    answers[0]?.();
    await settled();
    expect(controls.peek?.('/f')).toBeUndefined();
    expect(controls.traffic().content).toMatchObject({ heldBytes: 0, inFlightBytes: 0 });
    expect(await textOf(backend.read('/f', {}, {}))).toBe('newer');
  });
});

describe('an answer that is on its way at a change', () => {
  it('that nothing is there is not believed afterwards', async () => {
    const clock = createVirtualClock();
    let answer: () => void = () => undefined;
    let exists = false;
    const { backend, controls } = compose(
      scripted({
        stat: async (path) => {
          if (exists) return newer();
          await new Promise<void>((resolve) => (answer = resolve));
          throw new FsError('ENOENT', { op: 'stat', path });
        },
      }),
      { clock },
    );
    const asked = errorOf(() => backend.stat('/f', {}, {}));
    await settled();
    exists = true;
    controls.invalidate?.('/f');
    answer();
    expect(await asked).toMatchObject({ code: 'ENOENT' });
    expect(await backend.stat('/f', {}, {})).toMatchObject({ size: 5 });
  });

  it('of readMany tells nothing of the paths, and nothing of it is kept', async () => {
    const { backend, controls, change } = slowFirst();
    const texts: string[] = [];
    const reading = (async () => {
      for await (const each of backend.readMany?.([{ path: '/f' }], {}) ?? []) texts.push(await textOf(each));
    })();
    await settled();
    await change('/f');
    await reading;
    expect(texts).toEqual(['old']);
    expect(controls.peek?.('/f')).toBeUndefined();
    expect(controls.traffic().content?.heldBytes).toBe(0);
    expect(await textOf(backend.read('/f', {}, {}))).toBe('newer');
    expect(isThenable(backend.stat('/f', {}, {}))).toBe(false);
  });
});
