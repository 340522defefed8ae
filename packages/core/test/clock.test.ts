import { describe, expect, it } from 'vitest';
import { abortable, systemClock } from '../src/index.ts';

describe('the clock of the machine', () => {
  it('leaves no timer behind when a sleep is aborted', async () => {
    const leaving = new AbortController();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const asleep = systemClock.sleep(3_600_000, leaving.signal);
    expect(timers()).toBe(before + 1);
    leaving.abort();
    await expect(asleep).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(timers()).toBe(before);
  });

  it('refuses to sleep for somebody who has gone', async () => {
    await expect(systemClock.sleep(3_600_000, AbortSignal.abort())).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});

describe('abortable', () => {
  it('ends the wait, not the promise, and swallows its late rejection', async () => {
    const leaving = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const never = new Promise<void>((_, reject) => (fail = reject));
    const waiting = abortable(never, leaving.signal, 'read', '/x');
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ECANCELED', path: '/x' });
    fail(new Error('late'));
  });

  it('leaves a plain value plain', () => {
    expect(abortable(3, AbortSignal.abort(), 'read')).toBe(3);
  });
});
