import { fixtureTree } from '../fixture-tree.ts';
import type { Fixture, Subject } from '../subject.ts';
import type { PlantedFault } from './fault.ts';
import { createHttpSample } from './http-backend.ts';
import type { HttpMistake } from './http-mistake.ts';
import { serveSample } from './http-origin.ts';
import { createSampleOrigin, type SampleOrigin } from './origin.ts';
import { createSampleBackend, sampleCapabilities } from './sample-backend.ts';

const createOrigin = (): SampleOrigin =>
  createSampleOrigin(fixtureTree({ symlinks: true, modes: true, emptyDirectories: true }));

// A page of 50 names is a request.
const budgets = { list: 3 };

/** The fixture of an origin that is asked over HTTP as well. */
async function withHttp(origin: SampleOrigin, mistake?: HttpMistake): Promise<Fixture> {
  const served = await serveSample(origin);
  return {
    ...origin.fixture,
    http: {
      url: served.url,
      create: (url, context) =>
        createHttpSample(mistake === 'asks another address' ? served.url : url, context, mistake),
    },
    close: () => served.close(),
  };
}

/** The correct sample backend, ready to be tested. It offers all a fixture can offer. */
export function sampleSubject(): Subject {
  const origin = createOrigin();
  return {
    name: 'sample',
    create: (context) => createSampleBackend(origin, context),
    fixture: () => withHttp(origin),
    capabilities: sampleCapabilities,
    budgets,
  };
}

/** The sample with a fault in it. */
export function brokenSubject({ name, plant, deadlineMs, expected, http }: PlantedFault): Subject {
  const origin = createOrigin();
  return {
    name,
    create(context) {
      const correct = createSampleBackend(origin, context);
      return plant === undefined ? correct : plant(correct, { origin, context });
    },
    fixture: http === undefined ? origin.fixture : () => withHttp(origin, http),
    ...(expected !== undefined && { capabilities: expected }),
    budgets,
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
}
