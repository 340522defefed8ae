import { fixtureTree } from '../fixture-tree.ts';
import type { Subject } from '../subject.ts';
import type { PlantedFault } from './fault.ts';
import { createSampleOrigin } from './origin.ts';
import { createSampleBackend, sampleCapabilities } from './sample-backend.ts';

/** The correct sample backend, ready to be tested. It offers all a fixture can offer. */
export function sampleSubject(): Subject {
  const origin = createSampleOrigin(fixtureTree({ symlinks: true, modes: true, emptyDirectories: true }));
  return {
    name: 'sample',
    create: (context) => createSampleBackend(origin, context),
    fixture: origin.fixture,
    capabilities: sampleCapabilities,
    // A page of 50 names is a request.
    budgets: { list: 3 },
  };
}

/** The sample with a fault in it. */
export function brokenSubject({ name, plant, deadlineMs, firstFailure }: PlantedFault): Subject {
  const origin = createSampleOrigin(fixtureTree({ symlinks: true, modes: true, emptyDirectories: true }));
  return {
    name,
    create: (context) => plant(createSampleBackend(origin, context), { origin, context }),
    fixture: origin.fixture,
    ...(firstFailure === 'honesty.as-expected' && { capabilities: sampleCapabilities }),
    budgets: { list: 3 },
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
}
