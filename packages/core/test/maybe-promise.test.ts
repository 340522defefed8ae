import { describe, expect, it } from 'vitest';
import { chain, isThenable, recover, run, type Steps, wait } from '../src/index.ts';

function* addUp(values: readonly (number | Promise<number>)[]): Steps<number> {
  let sum = 0;
  for (const value of values) sum += yield* wait(value);
  return sum;
}

describe('the sync-or-async driver', () => {
  it('answers with a plain value when everything it waits for is plain', () => {
    expect(run(() => addUp([1, 2, 3]))).toBe(6);
  });

  it('goes on asynchronously from the first promise', async () => {
    const answer = run(() => addUp([1, Promise.resolve(2), 3, Promise.resolve(4)]));
    expect(isThenable(answer)).toBe(true);
    expect(await answer).toBe(10);
  });

  it('throws at once what is thrown before the first promise', () => {
    expect(() =>
      run(function* (): Steps<number> {
        yield* wait(1);
        throw new Error('early');
      }),
    ).toThrow('early');
  });

  it('lets the body catch a rejection and go on', async () => {
    const answer = run(function* (): Steps<string> {
      try {
        yield* wait(Promise.reject(new Error('late')));
      } catch (error) {
        return `caught ${(error as Error).message}`;
      }
      return 'missed';
    });
    expect(await answer).toBe('caught late');
  });

  it('runs the finally blocks of a body that rejects', async () => {
    const seen: string[] = [];
    const answer = run(function* (): Steps<void> {
      try {
        yield* wait(Promise.reject(new Error('late')));
      } finally {
        seen.push('finally');
      }
    });
    await expect(answer).rejects.toThrow('late');
    expect(seen).toEqual(['finally']);
  });
});

describe('chain and recover', () => {
  it('chain stays plain on a plain value', () => {
    expect(chain(2, (value) => value * 2)).toBe(4);
  });

  it('recover takes a throw and a rejection alike', async () => {
    const fail = (): number => {
      throw new Error('no');
    };
    expect(recover(fail, () => 7)).toBe(7);
    expect(
      await recover<number>(
        () => Promise.reject(new Error('no')),
        () => 8,
      ),
    ).toBe(8);
  });
});
