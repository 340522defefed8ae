import { describe, expect, it, test } from 'vitest';
import { checkConformance, runConformance } from '../src/index.ts';
import { brokenSubject, plantedFaults, sampleSubject } from '../src/self-test/index.ts';

describe('the correct sample', () => {
  const run = runConformance(sampleSubject(), { describe, it });

  // Declared after the cases, so it runs after them.
  test('has nothing to skip, and nothing fails', () => {
    const { counts, firstFailure } = run.report();
    expect(firstFailure).toBeUndefined();
    expect(counts).toMatchObject({ fail: 0, skip: 0 });
    expect(counts.pass).toBeGreaterThan(200);
  });
});

describe('for a backend with one mistake in it, the first failure names the mistake:', () => {
  test.each(plantedFaults)('$name: $firstFailure', { timeout: 60_000 }, async (fault) => {
    const report = await checkConformance(brokenSubject(fault), { firstFailureOnly: true });
    expect(report.firstFailure?.message).toMatch(fault.firstFailure);
    expect(report.firstFailure).toMatchObject({ id: fault.firstFailure, face: fault.face ?? 'raw' });
  });
});
