import { createMemoryBackend } from '@mountkit/memory';
import { FsError } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { checkLive, fixtureTree, type LiveSubject, manifestOf, reportText } from '../src/index.ts';
import { createSampleBackend, createSampleOrigin, plantedFaults } from '../src/self-test/index.ts';

const origin = createSampleOrigin(fixtureTree({ symlinks: true, modes: true, emptyDirectories: true }));
const sample: LiveSubject = {
  name: 'sample',
  create: (context) => createSampleBackend(origin, context),
  secrets: ['tok_9f3a7c21e5b84d06'],
};

describe('a live remote', () => {
  it('passes what only looks; the rest is skipped with its reason', async () => {
    const { counts, firstFailure, rows } = await checkLive(sample);
    expect(firstFailure).toBeUndefined();
    expect(counts.pass).toBeGreaterThan(100);
    const skipped = rows.filter(({ outcome }) => outcome === 'skip');
    expect(skipped.map(({ id }) => id)).toContain('errors.outage');
    expect(skipped.every(({ reason }) => reason !== undefined && reason !== '')).toBe(true);
  });

  // What shows without a tree that is known, a mistake of each kind.
  const visible = [
    'lists a rounded size as an exact one',
    'is off by one in a range',
    'ignores the pin',
    'begins each page with the last name of the page before',
    'gives another version with every read',
    'lists what is not there as empty',
    'ignores the signal',
    'gives times in milliseconds',
  ];
  it.each(plantedFaults.filter(({ name }) => visible.includes(name)))('$name: $firstFailure', async (fault) => {
    const broken = createSampleOrigin(fixtureTree({ symlinks: true, modes: true, emptyDirectories: true }));
    const report = await checkLive({
      ...sample,
      create(context) {
        const correct = createSampleBackend(broken, context);
        return fault.plant === undefined ? correct : fault.plant(correct, { origin: broken, context });
      },
    });
    expect(report.rows.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id)).toContain(fault.firstFailure);
    expect(reportText(report)).toContain('<- look at this one first');
  });
  it('has a planted mistake for each of these names', () => {
    expect(plantedFaults.map(({ name }) => name)).toEqual(expect.arrayContaining(visible));
  });

  it('of one file is tested as far as one file goes', async () => {
    const report = await checkLive({ create: () => createMemoryBackend({ '/a.txt': 'one\n' }), secrets: [] });
    expect(report.firstFailure).toBeUndefined();
  });

  it('without a file with content is refused', async () => {
    const live = { create: () => createMemoryBackend({ '/empty': '' }), secrets: [] };
    await expect(checkLive(live)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('that is out of reach rejects with what the backend throws', async () => {
    const restore = await origin.fixture.outage?.();
    try {
      await expect(checkLive(sample)).rejects.toMatchObject({ code: 'EIO', reason: 'unavailable' });
    } finally {
      await restore?.();
    }
  });

  it('ends between two cases when the signal fires', async () => {
    const stop = new AbortController();
    let cases = 0;
    const onCase = (): void => {
      cases += 1;
      if (cases === 3) stop.abort();
    };
    await expect(checkLive(sample, { onCase, signal: stop.signal })).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(cases).toBe(3);
  });
});

describe('a manifest', () => {
  const text = (entries: readonly unknown[]): string => JSON.stringify(entries);

  it('of the tree of the kit is held against what the remote shows, budgets included', async () => {
    const tree = fixtureTree({ symlinks: true, modes: true, emptyDirectories: true });
    const report = await checkLive({ ...sample, manifest: text(manifestOf(tree)) });
    // A page of the sample holds 50 names, so a listing costs more than one request.
    expect([...new Set(report.rows.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id))]).toEqual([
      'budgets.list',
    ]);
  });

  it('of files of one’s own is read and compared, and everything that differs is named', async () => {
    const entries = [
      { path: '/docs/guide.md', type: 'file', sha256: 'a'.repeat(64) },
      { path: '/nothing', type: 'file', sha256: 'b'.repeat(64) },
    ];
    const failure: unknown = await checkLive({ ...sample, manifest: text(entries) }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FsError);
    expect(String(failure)).toContain("'/docs/guide.md' has another SHA-256");
    expect(String(failure)).toContain("stat '/nothing'".replace('stat', 'read'));
  });

  it.each([
    ['no JSON', '{'],
    ['an object', '{}'],
    ['a relative path', text([{ path: 'a', type: 'file', sha256: 'a'.repeat(64) }])],
    ['a path that climbs', text([{ path: '/../a', type: 'file', sha256: 'a'.repeat(64) }])],
    ['a file without a hash', text([{ path: '/a', type: 'file' }])],
    ['an unknown type', text([{ path: '/a', type: 'socket' }])],
  ])('that is %s is refused', async (_, manifest) => {
    await expect(checkLive({ ...sample, manifest })).rejects.toMatchObject({ code: 'EINVAL' });
  });
});
