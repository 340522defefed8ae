import type { Contestant } from './contestants/contestant.ts';
import type { OriginKind } from './origin/target.ts';
import type { Scale } from './scale.ts';

/** What was measured of one contestant at one workload, as medians over the runs. */
export interface Measured {
  readonly milliseconds: number;
  /** User and system time of the contestant's process. */
  readonly cpuMilliseconds: number;
  /** Largest resident set of the process up to the end of the phase. */
  readonly peakMemoryBytes: number;
  readonly requests: number;
  /** Body bytes the origin sent. */
  readonly bytes: number;
  /** Content bytes beyond what the answer needs. */
  readonly wastedBytes: number;
  /** Opened during the phase. */
  readonly connections: number;
  /** Most requests at once. */
  readonly peakRequests: number;
  /** Time over that of the raw loop from nothing. */
  readonly ratio?: number;
}

/** A line of the results. */
export interface Row {
  readonly workload: string;
  readonly latencyMs: number;
  readonly contestant: string;
  readonly side: Contestant['side'];
  readonly host: Contestant['host'];
  readonly origin: OriginKind | 'none';
  /** From nothing, or once more with what was kept. */
  readonly phase: 'cold' | 'warm';
  readonly runs: number;
  /** Left out when there is none. */
  readonly measured?: Measured;
  /** Why not. */
  readonly reason?: string;
}

/** What a run was made on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted a processor in the minute before the start: what else the machine was doing. */
  readonly loadBefore?: number;
}

/** A whole run. */
export interface Results {
  readonly command: string;
  readonly date: string;
  readonly revision: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly bytesPerSecond: number;
  readonly scale: Scale;
  /** Titles by id, in the order of the tables. */
  readonly workloads: Readonly<Record<string, string>>;
  readonly contestants: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}
