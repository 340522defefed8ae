// Run by `node --test --test-force-exit`, as the planted leaks stay: the suite and its self-test under another runner.
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { checkConformance, runConformance } from '../index.ts';
import { brokenSubject, plantedFaults, sampleSubject } from './index.ts';

void describe('the correct sample', () => {
  runConformance(sampleSubject(), { describe, it });
});

for (const fault of plantedFaults) {
  void test(`a backend that ${fault.name}`, async () => {
    const { firstFailure } = await checkConformance(brokenSubject(fault), { firstFailureOnly: true });
    assert.deepEqual([firstFailure?.face, firstFailure?.id], [fault.face ?? 'raw', fault.firstFailure]);
  });
}
