const KIB = 1024;
const MIB = 1024 * KIB;

/** The unit in which bytes are kept: what a read touches is fetched in whole pages. */
export const pageBytes: number = 64 * KIB;

/** The constants of the policy. They hold for every backend; what differs between origins is measured, not configured. */
export const policy: PolicyConstants = {
  smallestPartBytes: MIB,
  largestPartBytes: 8 * MIB,
  smallestWindowBytes: 2 * MIB,
  windowPerRun: 4,
  wholeFileBytes: MIB,
  coalesceGapBytes: 512 * KIB,
  streamsPerFile: 4,
  forwardToleranceBytes: MIB,
  regionBytes: 4 * MIB,
  regionMisses: 3,
  hotRegionBytes: 8 * MIB,
  hotFileBytes: 512 * MIB,
  probeBytes: 16 * MIB,
  probedFileBytes: 64 * MIB,
  hotMisses: 12,
  siblingsAfterOpens: 2,
  fewestAhead: 4,
  fewestListingsAhead: 12,
  mostAhead: 64,
  speculatingShare: 3 / 4,
  linkFills: 4,
};

/** What {@link policy} is made of. */
export interface PolicyConstants {
  readonly smallestPartBytes: number;
  readonly largestPartBytes: number;
  readonly smallestWindowBytes: number;
  /** The window is this many times what the run has read so far. */
  readonly windowPerRun: number;
  /** A file up to this size is fetched whole with its first miss. */
  readonly wholeFileBytes: number;
  /** Wanted ranges at most this far apart become one fetch. */
  readonly coalesceGapBytes: number;
  readonly streamsPerFile: number;
  /** How far ahead of a stream a read may start and still belong to it. */
  readonly forwardToleranceBytes: number;
  readonly regionBytes: number;
  /** The so-manieth random miss in a region fetches the rest of it. */
  readonly regionMisses: number;
  readonly hotRegionBytes: number;
  /** The largest file that may be fetched whole because it is hot. */
  readonly hotFileBytes: number;
  /** What is read ahead of a long file that is missed often, to learn how fast the rest could be had. */
  readonly probeBytes: number;
  /** A shorter file has too little left behind the probe. */
  readonly probedFileBytes: number;
  /** Misses a file or region has to have seen before it can be hot. */
  readonly hotMisses: number;
  /** Opens in listing order before files are read ahead. */
  readonly siblingsAfterOpens: number;
  /** Files read ahead at first. */
  readonly fewestAhead: number;
  /** Listings at first: they are short, and who lists two directories in order mostly lists all. */
  readonly fewestListingsAhead: number;
  /** Files and listings at most. */
  readonly mostAhead: number;
  /** The share of the connections that may speculate at a time. */
  readonly speculatingShare: number;
  /** How many times what fits between us and the origin may be under way before speculation waits. */
  readonly linkFills: number;
}

/** What a mount decides. */
export interface PlannerOptions {
  /** How many fetches may be under way at a time. @default 16 */
  readonly connections?: number;
  /** Whether the origin gives many whole files in one answer: those that are read ahead at one time then count as one fetch. @default false */
  readonly readsMany?: boolean;
  /** What the cache may hold together with what is in flight; windows and read-ahead stay within half of it. @default 256 MiB */
  readonly memoryBytes?: number;
  /** Speculative bytes allowed per byte delivered. 0 fetches the pages of the reads and nothing else. @default 3 */
  readonly amplification?: number;
  /** Speculative bytes allowed before anything was delivered; of no effect where `amplification` is 0. @default 32 MiB */
  readonly amplificationFloorBytes?: number;
  /** Assumed until measured, in milliseconds. @default 50 */
  readonly assumedRttMs?: number;
  /** Assumed until measured, in bytes per second of one connection. @default 20,000,000 */
  readonly assumedBytesPerSecond?: number;
}

/** The options with every default filled in. */
export interface PlannerSettings extends Required<PlannerOptions> {
  /** How many speculative fetches may be under way at a time. */
  readonly speculatingConnections: number;
}

/** Fills in the defaults. */
export function plannerSettings(options: PlannerOptions = {}): PlannerSettings {
  const connections = Math.max(1, Math.floor(options.connections ?? 16));
  return {
    connections,
    readsMany: options.readsMany ?? false,
    memoryBytes: options.memoryBytes ?? 256 * MIB,
    amplification: options.amplification ?? 3,
    amplificationFloorBytes: options.amplificationFloorBytes ?? 32 * MIB,
    assumedRttMs: options.assumedRttMs ?? 50,
    assumedBytesPerSecond: options.assumedBytesPerSecond ?? 20_000_000,
    speculatingConnections: Math.floor(connections * policy.speculatingShare),
  };
}
