/** A way to an origin, and a client at its end. */
export interface Setting {
  readonly name: string;
  readonly rttMs: number;
  /** Of all connections together, shared fairly; in bytes per second. */
  readonly bytesPerSecond: number;
  readonly bytesPerSecondOfOne: number;
  readonly connections: number;
  /** Round trips before a new connection carries a request. */
  readonly connectRtts: number;
  readonly memoryBytes: number;
}

const usual = { rttMs: 30, connections: 16, connectRtts: 2, memoryBytes: 256 * 1024 * 1024 } as const;

/** The settings simulated; the first is what policies are judged by. */
export const settings: readonly Setting[] = [
  { ...usual, name: '100 MB/s', bytesPerSecond: 100e6, bytesPerSecondOfOne: 100e6 },
  { ...usual, name: '100 MB/s, 25 MB/s a connection', bytesPerSecond: 100e6, bytesPerSecondOfOne: 25e6 },
  { ...usual, name: '1 GB/s, 80 MB/s a connection', bytesPerSecond: 1e9, bytesPerSecondOfOne: 80e6 },
];
