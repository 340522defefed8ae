import type { BackendContext, Capabilities, FsBackend } from '@mountkit/core';
import type { Face } from '../subject.ts';
import type { HttpMistake } from './http-mistake.ts';
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
  /** Where it is seen first. @default 'raw' */
  readonly face?: Face;
  /** A wrapper with the mistake in it. */
  readonly plant?: (correct: FsBackend, planting: Planting) => FsBackend;
  /** A mistake in speaking HTTP. */
  readonly http?: HttpMistake;
  /** What the run is told to expect. @default nothing: what is declared is believed */
  readonly expected?: Partial<Capabilities>;
  /** For those that hang: how long a call may take, in milliseconds. */
  readonly deadlineMs?: number;
}
