import type { BackendContext, FsBackend } from '@mountkit/core';
import type { SampleOrigin } from './origin.ts';

/** What a fault is planted with. */
export interface Planting {
  readonly origin: SampleOrigin;
  readonly context: BackendContext;
}

/** One mistake an author may make, planted into a backend that is correct otherwise. */
export interface PlantedFault {
  /** What the author did. */
  readonly name: string;
  /** The case that has to name it first. */
  readonly firstFailure: string;
  /** A wrapper with the mistake in it. */
  readonly plant: (correct: FsBackend, planting: Planting) => FsBackend;
  /** For those that hang: how long a call may take, in milliseconds. */
  readonly deadlineMs?: number;
}
