import { describe, expect, it } from 'vitest';
import { createFaultRegistry, fits, strike } from '../src/index.ts';
import type { FaultRegistry, FaultRule, RequestMatch } from '../src/index.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly room: string;
}

interface Match extends RequestMatch {
  readonly room?: string;
}

interface Spec extends FaultRule<Match, Asked> {
  readonly kind: string;
}

const asked = (path = '/a', room = 'hall', method = 'GET'): Asked => ({ method, path, room });
const create = (): FaultRegistry<Spec, Asked> =>
  createFaultRegistry<Spec, Match, Asked>((match, { room }) => fits(match.room, room));

/** What meets three equal requests. */
const three = (faults: FaultRegistry<Spec, Asked>): readonly (string | undefined)[] =>
  [1, 2, 3].map(() => faults.take(asked())?.kind);

describe('faults', () => {
  it('meet every request until they are removed', () => {
    const faults = create();
    const handle = faults.add({ kind: 'one' });
    expect(three(faults)).toEqual(['one', 'one', 'one']);
    expect(handle.hits).toBe(3);
    handle.remove();
    expect(three(faults)).toEqual([undefined, undefined, undefined]);
  });

  it('meet as many as they are told, after as many as they are told', () => {
    const faults = create();
    const handle = faults.add({ kind: 'one', after: 1, times: 1 });
    expect(three(faults)).toEqual([undefined, 'one', undefined]);
    expect(handle.hits).toBe(1);
  });

  it('meet the oldest first; the younger wait and count nothing meanwhile', () => {
    const faults = create();
    faults.add({ kind: 'old', times: 1 });
    const young = faults.add({ kind: 'young', after: 1 });
    expect(three(faults)).toEqual(['old', undefined, 'young']);
    expect(young.hits).toBe(1);
  });

  it('meet together where all are asked for', () => {
    const faults = create();
    faults.add({ kind: 'one' });
    faults.add({ kind: 'two', times: 1 });
    faults.add({ kind: 'three', match: { room: 'attic' } });
    expect(faults.takeAll(asked()).map(({ kind }) => kind)).toEqual(['one', 'two']);
    expect(faults.takeAll(asked()).map(({ kind }) => kind)).toEqual(['one']);
  });

  it('are gone when cleared', () => {
    const faults = create();
    faults.add({ kind: 'one' });
    faults.add({ kind: 'two' });
    faults.clear();
    expect(faults.take(asked())).toBeUndefined();
  });

  it.each<[string, Spec['match'], boolean]>([
    ['a part of the path', { path: '/x' }, true],
    ['another path', { path: '/z' }, false],
    ['an expression', { path: /y$/ }, true],
    ['an expression that does not fit', { path: /^y/ }, false],
    ['the method', { method: 'GET' }, true],
    ['another method', { method: 'HEAD' }, false],
    ['a field of the server', { room: 'hall' }, true],
    ['another value of it', { room: 'attic' }, false],
    ['one field that fits and one that does not', { path: '/x', room: 'attic' }, false],
    ['nothing', {}, true],
    ['a predicate', ({ room }) => room === 'hall', true],
    ['a predicate that says no', () => false, false],
  ])('match %s', (_name, match, met) => {
    const faults = create();
    faults.add({ kind: 'one', ...(match !== undefined && { match }) });
    expect(faults.take(asked('/x/y')) !== undefined).toBe(met);
  });

  it('match an expression with the g flag every time', () => {
    const faults = create();
    faults.add({ kind: 'one', match: { path: /a/g } });
    expect(three(faults)).toEqual(['one', 'one', 'one']);
  });
});

describe('fits', () => {
  it('takes one value, several, or any', () => {
    expect([fits('a', 'a'), fits(['b', 'a'], 'a'), fits<string>(undefined, 'a')]).toEqual([true, true, true]);
    expect([fits<string>('ab', 'a'), fits<string>(['b'], 'a'), fits<string>([], 'a')]).toEqual([false, false, false]);
  });
});

describe('a fault before the answer', () => {
  const meet = async (fault: Parameters<typeof strike>[0], signal = new AbortController().signal): Promise<unknown> => {
    let resets = 0;
    const socket = {
      resetAndDestroy() {
        resets += 1;
        return this as never;
      },
    };
    return { answered: await strike(fault, socket, signal), resets };
  };

  it('leaves no answer where it is silent or resets', async () => {
    expect(await meet({ kind: 'silent' })).toEqual({ answered: false, resets: 0 });
    expect(await meet({ kind: 'reset' })).toEqual({ answered: false, resets: 1 });
  });

  it('lets a delayed request and any other go on', async () => {
    expect(await meet({ kind: 'delay', everyMs: 1 })).toEqual({ answered: true, resets: 0 });
    expect(await meet({ kind: 'flip-bit' })).toEqual({ answered: true, resets: 0 });
    expect(await meet(undefined)).toEqual({ answered: true, resets: 0 });
  });

  it('waits no longer than the client', async () => {
    await expect(meet({ kind: 'delay', everyMs: 3_600_000 }, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
