import type { Machine } from '../results.ts';
import type { S3Contestant } from './contestants/reader.ts';
import type { S3Scale } from './fixtures.ts';
import type { NetworkId } from './network.ts';

/** What was measured of one contestant at one workload over one network, as medians over the runs. */
export interface S3Measured {
  readonly milliseconds: number;
  /** User and system time of all processes of the contestant. */
  readonly cpuMilliseconds: number;
  /** Largest resident sets of its processes together. */
  readonly peakMemoryBytes: number;
  readonly requests: number;
  /** Body bytes the server sent. */
  readonly bytes: number;
  /** Opened during the phase. */
  readonly connections: number;
  /** Most requests at once. */
  readonly peakRequests: number;
  /** Median of the times over that of the raw loop. */
  readonly ratio?: number;
}

/** A line of the results. */
export interface S3Row {
  readonly workload: string;
  readonly network: NetworkId;
  readonly contestant: string;
  readonly side: S3Contestant['side'];
  readonly phase: 'cold' | 'warm';
  readonly runs: number;
  readonly operations: number;
  /** Left out when there is none. */
  readonly measured?: S3Measured;
  /** Why not. */
  readonly reason?: string;
}

/** A whole run. */
export interface S3Results {
  readonly command: string;
  readonly date: string;
  readonly revision: string;
  readonly machine: Machine;
  /** Of the peers, and of what the others stand on. */
  readonly versions: Readonly<Record<string, string>>;
  readonly scale: S3Scale;
  /** Titles by id, in the order of the tables. */
  readonly workloads: Readonly<Record<string, string>>;
  readonly contestants: Readonly<Record<string, string>>;
  readonly rows: readonly S3Row[];
}
