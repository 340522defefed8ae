import type { FaultHandle } from './fault.ts';

/** What a test does to a running server, whatever that serves. */
export interface ServerControls<Spec, Shaping, Recorded, Stats> {
  /** Makes matching requests go wrong until the handle is removed or its `times` are used up. The oldest matching fault wins. */
  fault(spec: Spec): FaultHandle;
  /** Removes every fault. */
  clearFaults(): void;
  /** Changes the line from the next request on. */
  shape(shaping: Partial<Shaping>): void;
  /** Refuses connections and cuts the open ones, on every port of the server. What it serves stays. */
  down(): Promise<void>;
  /**
   * Listens again, on the same ports.
   *
   * @throws {Error} when the server is closed
   */
  up(): Promise<void>;
  /** Every request since the start or the last {@link reset}, oldest first. */
  readonly requests: readonly Recorded[];
  /** What was counted since the start or the last {@link reset}. */
  stats(): Stats;
  /** Forgets the recorded requests and counts. What is served, faults, limits and shaping stay. */
  reset(): void;
  /** Stops, cuts every connection and ends every process it started. May be called twice. */
  close(): Promise<void>;
}
