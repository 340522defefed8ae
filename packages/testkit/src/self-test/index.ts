import { brokenContents } from './broken/contents.ts';
import { brokenEndings } from './broken/endings.ts';
import { brokenErrors } from './broken/errors.ts';
import { brokenHttp } from './broken/http.ts';
import { brokenListings } from './broken/listings.ts';
import { brokenSpending } from './broken/spending.ts';
import { brokenVersions } from './broken/versions.ts';
import type { PlantedFault } from './fault.ts';

export type { PlantedFault, Planting } from './fault.ts';
export { createSampleOrigin, type OriginNode, type SampleOrigin, sampleSecret } from './origin.ts';
export { createSampleBackend } from './sample-backend.ts';
export { brokenSubject, sampleSubject } from './subjects.ts';

/** Every planted fault. For each, the first case that fails is the one the fault names. */
export const plantedFaults: readonly PlantedFault[] = [
  ...brokenListings,
  ...brokenContents,
  ...brokenVersions,
  ...brokenErrors,
  ...brokenEndings,
  ...brokenSpending,
  ...brokenHttp,
];
