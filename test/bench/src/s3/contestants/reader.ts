import type { Bytes, MaybePromise } from '@mountkit/core';
import type { ListedFile, S3Object } from '../fixtures.ts';
import type { NetworkId } from '../network.ts';
import type { S3Target } from '../origin.ts';

/** A bucket as a contestant reads it. What an API cannot do is left out. */
export interface Reader {
  /** All bytes of an object in order, each piece given to `take` as soon as it can be. */
  stream?(object: S3Object, take: (bytes: Uint8Array) => void): Promise<void>;
  /** An open object, to be read here and there. */
  open?(object: S3Object): Promise<PartReader>;
  /** A whole small object. */
  get?(object: S3Object): Promise<Bytes>;
  /** One request for a part of an object, whatever is known of it. */
  range?(object: S3Object, offset: number, length: number): Promise<Bytes>;
  /** The files of a directory (with '/' at its end), in any order. Sizes are left out where asking for them takes a call a file. */
  list?(directory: string): Promise<readonly Pick<ListedFile, 'name'>[]>;
  /** What processes of its own have cost so far. */
  usage?(): Promise<{ readonly cpuMilliseconds: number; readonly peakMemoryBytes: number }>;
  close(): Promise<void>;
}

/** An open object. The bytes are valid until the next read. */
interface PartReader {
  read(offset: number, length: number): MaybePromise<Bytes>;
  close(): Promise<void>;
}

/** Someone who reads a bucket. */
export interface S3Contestant {
  readonly id: string;
  readonly title: string;
  readonly side: 'limit' | 'ours' | 'peer';
  /** Loads what is needed. @returns what connects to a bucket, and asks it for nothing that is measured. @throws {NotPossible} why it can't take part. */
  prepare(): Promise<(target: S3Target, folder: string) => Promise<Reader>>;
  /** Why it is not asked to do something at all. */
  refuses?(workload: string, network: NetworkId): string | undefined;
  /** Its version, where it is no npm package of the lockfiles. */
  version?(): Promise<string>;
}
