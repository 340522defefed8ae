import { describe, expect, it } from 'vitest';
import {
  checkConformance,
  fixtureTree,
  reportMarkdown,
  reportText,
  runConformance,
  type Subject,
} from '../src/index.ts';
import { createSampleBackend, createSampleOrigin } from '../src/self-test/index.ts';

const origin = createSampleOrigin(fixtureTree());
const subject: Subject = {
  name: 'sample',
  create: (context) => createSampleBackend(origin, context),
  fixture: origin.fixture,
  faces: ['raw'],
};

describe('a subject', () => {
  it.each([
    [{ ...subject, skip: [] }, "the subject has no key 'skip': it has name, create"],
    [{ ...subject, fixture: { ...origin.fixture, mutat: () => undefined } }, "the fixture has no key 'mutat': it has"],
    [{ ...subject, budgets: { cold: 3 } }, "budgets has no key 'cold'"],
    [{ ...subject, capabilities: { rangs: true } }, "there is no capability 'rangs': there are ranges, suffix"],
    [{ ...subject, skips: [{ id: 'names.exact', because: 'x', reason: 'x' }] }, "a skip has no key 'because'"],
    [{ ...subject, skips: [{ id: 'names.exakt', reason: 'x' }] }, "a skip names the case 'names.exakt'"],
  ])('with a key that means nothing is refused: %#', async (given, message) => {
    const wrong = given as unknown as Subject;
    await expect(checkConformance(wrong)).rejects.toThrow(message);
    expect(() => runConformance(wrong, { describe, it })).toThrow(message);
  });

  it('whose fixture is set up later is refused then, and what was set up is let go of', async () => {
    let isClosed = false;
    const fixture = () => ({ ...origin.fixture, deni: () => undefined, close: () => void (isClosed = true) });
    await expect(checkConformance({ ...subject, fixture })).rejects.toThrow("the fixture has no key 'deni'");
    expect(isClosed).toBe(true);
  });

  it('may be an instance of a class, with what its methods work with', async () => {
    class Sample implements Subject {
      readonly name = 'instance';
      readonly faces = ['raw'] as const;
      readonly fixture = origin.fixture;
      readonly other = 'of its own';
      create: Subject['create'] = (context) => createSampleBackend(origin, context);
    }
    const report = await checkConformance(new Sample(), { firstFailureOnly: true });
    expect(report.rows.length).toBeGreaterThan(10);
  });
});

describe('a tree without symlinks', () => {
  it('cannot test a backend that has them: the cases say that they do not apply, and why', async () => {
    const { faces: _, ...everywhere } = subject;
    const report = await checkConformance({ ...everywhere, budgets: { list: 3 } });
    const rows = report.rows.filter(({ reason }) => reason === 'the tree has no symlinks');
    expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['does not apply']));
    expect([...new Set(rows.map(({ id }) => id))]).toEqual([
      'walk.target',
      'errors.read-symlink',
      'errors.below-symlink',
      'mounted.symlinks',
    ]);
    expect(reportText(report)).toContain('does not apply  the tree has no symlinks:');
    expect(reportMarkdown(report)).not.toContain('Skipped:');
  });
});
