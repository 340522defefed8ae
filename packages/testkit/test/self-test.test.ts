import { describe, expect, it, test } from 'vitest';
import { checkConformance, runConformance } from '../src/index.ts';
import { brokenSubject, plantedFaults, sampleSubject } from '../src/self-test/index.ts';

describe('the correct sample', () => {
  runConformance(sampleSubject(), { describe, it });

  test('has nothing to skip, and nothing fails', async () => {
    const { counts, firstFailure } = await checkConformance(sampleSubject());
    expect(firstFailure).toBeUndefined();
    expect(counts).toMatchObject({ fail: 0, skip: 0 });
  });
});

describe('for a backend with one mistake in it, the first failure names the mistake:', () => {
  test.each(plantedFaults)('$name: $firstFailure', { timeout: 60_000 }, async (fault) => {
    const report = await checkConformance(brokenSubject(fault), { firstFailureOnly: true });
    expect(report.firstFailure?.message).toMatch(fault.firstFailure);
    // What a process has open is counted for all of it: a timer of the runner that ends meanwhile can hide a leak from one face. Under node:test nothing else runs.
    const face: unknown = fault.firstFailure === 'close.leaks' ? expect.any(String) : (fault.face ?? 'raw');
    expect(report.firstFailure).toMatchObject({ id: fault.firstFailure, face });
  });
});
