import { contentBytes, seededContent } from '@mountkit/test-s3-server';

/** How large the bucket's objects are, and how many. */
export interface S3Scale {
  /** Of the object that is read from its start to its end. */
  readonly bigBytes: number;
  /** Of the object that is read here and there, and how often. */
  readonly randomBytes: number;
  readonly randomReads: number;
  readonly smallObjects: number;
  readonly listedKeys: number;
  /** GETs whose CPU is counted. */
  readonly countedGets: number;
}

/** What the page in the docs is made with. */
export const fullS3Scale: S3Scale = {
  bigBytes: 256_000_000,
  randomBytes: 128_000_000,
  randomReads: 1000,
  smallObjects: 2000,
  listedKeys: 50_000,
  countedGets: 10_000,
};

/** For a look. */
export const quickS3Scale: S3Scale = {
  bigBytes: 64_000_000,
  randomBytes: 32_000_000,
  randomReads: 100,
  smallObjects: 200,
  listedKeys: 5000,
  countedGets: 2000,
};

/** What every contestant does once before it is measured: enough for its code to be compiled. */
export const warmUpS3Scale: S3Scale = {
  bigBytes: 192_000_000,
  randomBytes: 16_000_000,
  randomReads: 1000,
  smallObjects: 1500,
  listedKeys: 20_000,
  countedGets: 3000,
};

/** The same for programs that were compiled when they were made. */
export const shortWarmUpS3Scale: S3Scale = { ...warmUpS3Scale, smallObjects: 50, randomReads: 50 };

/** What the fixtures that warm up begin with. */
export const warmUpPrefix = 'warm-up/';

/** The objects of one scale, below a prefix of their own. */
export interface Fixtures {
  readonly scale: S3Scale;
  readonly big: S3Object;
  readonly random: S3Object;
  readonly small: readonly S3Object[];
  /** The directory that is listed, and the names in it in order, with sizes. */
  readonly listed: { readonly directory: string; readonly files: readonly ListedFile[] };
}

/** An object made of seeded bytes. */
export interface S3Object {
  readonly key: string;
  readonly size: number;
  readonly seed: number;
}

/** A name in a listing. */
export interface ListedFile {
  readonly name: string;
  readonly size: number;
}

/** The fixtures of a scale; equal arguments give equal ones. @param prefix empty, or with '/' at its end. */
export function fixturesOf(scale: S3Scale, prefix: string): Fixtures {
  return {
    scale,
    big: { key: `${prefix}big.bin`, size: scale.bigBytes, seed: 1 },
    random: { key: `${prefix}random.bin`, size: scale.randomBytes, seed: 2 },
    small: Array.from({ length: scale.smallObjects }, (_, index) => ({
      key: `${prefix}small/object-${padded(index)}.bin`,
      size: 1024 + ((index * 7919) % 15_360),
      seed: 3 + (index % 8),
    })),
    listed: {
      directory: `${prefix}listed/`,
      files: Array.from({ length: scale.listedKeys }, (_, index) => ({
        name: `key-${padded(index)}.dat`,
        size: (index * 31) % 1000,
      })),
    },
  };
}

/** A part of an object. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** The random reads of a scale: 4 to 128 KB each, nowhere aligned. */
export function randomParts({ randomBytes, randomReads }: S3Scale): readonly Part[] {
  let state = 20_240_101;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: randomReads }, () => {
    const length = 4096 + next(124 * 1024);
    return { offset: next(randomBytes - length), length };
  });
}

/** Says whether bytes are those of an object. */
export type Checker = (offset: number, bytes: Uint8Array) => boolean;

/** Seeded bytes repeat after so many. */
const periodBytes = 1_048_573;

/** Gives the bytes that a seed repeats. */
type Pools = (seed: number) => Buffer;

/** Pools that are made once for each seed. */
export function createPools(): Pools {
  const made = new Map<number, Buffer>();
  return (seed) => {
    const found = made.get(seed) ?? contentBytes(seededContent(seed, periodBytes));
    made.set(seed, found);
    return found;
  };
}

/** A checker that compares every byte. */
export function checkerOf({ seed, size }: S3Object, pools: Pools = createPools()): Checker {
  const pool = pools(seed);
  return (offset, bytes) => {
    if (offset + bytes.byteLength > size) return false;
    for (let at = 0; at < bytes.byteLength;) {
      const from = (offset + at) % periodBytes;
      const length = Math.min(periodBytes - from, bytes.byteLength - at);
      if (pool.compare(bytes, at, at + length, from, from + length) !== 0) return false;
      at += length;
    }
    return true;
  };
}

function padded(value: number): string {
  return String(value).padStart(6, '0');
}
