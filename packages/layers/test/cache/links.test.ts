import { type Entry, FsError, isThenable } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose, type ComposeOptions } from '../../src/index.ts';
import { errorOf, scripted } from '../scripted-backend.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';

/** A directory with one link, whose listing does not tell where it leads. */
function linked(options: ComposeOptions = {}) {
  const clock = createVirtualClock();
  const asked: string[] = [];
  const link = (path: string): Entry => ({ path, type: 'symlink', size: 6, sizeKind: 'exact' });
  const origin = { target: 'target', down: false, hold: undefined as Promise<void> | undefined };
  const answer = async <T>(call: string, value: () => T): Promise<T> => {
    asked.push(call);
    await origin.hold;
    if (origin.down) throw new FsError('EIO', { op: 'readlink', reason: 'unavailable' });
    return value();
  };
  const composed = compose(
    scripted(
      {
        stat: (path) => answer(`stat ${path}`, () => link('')),
        list: (path) => answer(`list ${path}`, () => ({ entries: [link('l')] })),
        readlink: (path) => answer(`readlink ${path}`, () => origin.target),
      },
      { symlinks: true },
    ),
    { clock, retry: { attempts: 1 }, ...options },
  );
  return { ...composed, clock, asked, origin };
}

describe('where a link leads', () => {
  it('is asked once for all who ask at once, and as long as the link may be believed', async () => {
    const { backend, asked, clock, origin } = linked();
    await backend.list('/', {}, {});
    const targets = Array.from({ length: 10 }, () => backend.readlink?.('/l', {}));
    expect(new Set(await Promise.all(targets))).toEqual(new Set(['target']));
    const again = backend.readlink?.('/l', {});
    expect([again, isThenable(again)]).toEqual(['target', false]);
    expect(backend.stat('/l', {}, {})).toMatchObject({ type: 'symlink', target: 'target' });
    expect(asked).toEqual(['list /', 'readlink /l']);
    origin.target = 'other';
    await clock.advance(60_000);
    expect(await backend.readlink?.('/l', {})).toBe('other');
    expect(asked).toHaveLength(3);
  });

  it('is not remembered where a change came between, nor where it failed', async () => {
    const { backend, controls, asked, origin } = linked();
    await backend.list('/', {}, {});
    origin.down = true;
    expect(await errorOf(() => backend.readlink?.('/l', {}))).toMatchObject({ code: 'EIO', path: '/l' });
    origin.down = false;
    let go = (): void => undefined;
    origin.hold = new Promise((resolve) => (go = resolve));
    const slow = backend.readlink?.('/l', {});
    await settled();
    controls.invalidate?.('/l');
    go();
    expect(await slow).toBe('target');
    origin.target = 'other';
    await backend.stat('/l', {}, {});
    expect(await backend.readlink?.('/l', {})).toBe('other');
    expect(asked).toEqual(['list /', 'readlink /l', 'readlink /l', 'stat /l', 'readlink /l']);
  });

  it('is told during an outage where that is wanted', async () => {
    const { backend, controls, clock, origin } = linked({ cache: { staleIfError: true } });
    await backend.list('/', {}, {});
    await backend.readlink?.('/l', {});
    await clock.advance(60_000);
    origin.down = true;
    expect(await backend.readlink?.('/l', {})).toBe('target');
    expect(controls.servingStaleSinceMs?.()).toBe(clock.now());
  });

  it('is no question to what is known to be absent', async () => {
    const { backend, asked } = linked();
    await backend.list('/', {}, {});
    expect(await errorOf(() => backend.readlink?.('/no', {}))).toMatchObject({ code: 'ENOENT', op: 'readlink' });
    expect(asked).toEqual(['list /']);
  });
});
