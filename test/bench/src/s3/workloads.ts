import { type Bytes, bytesLength, isThenable } from '@mountkit/core';
import { NotPossible } from '../workloads/workload.ts';
import type { Reader } from './contestants/reader.ts';
import { checkerOf, createPools, type Fixtures, randomParts } from './fixtures.ts';
import type { NetworkId } from './network.ts';

/** Something to do with a bucket. */
export interface S3Workload {
  readonly id: string;
  readonly title: string;
  readonly networks: readonly NetworkId[];
  /** Also measured once more with what was kept. */
  readonly hasWarm?: boolean;
  /** Operations in it. */
  operations(fixtures: Fixtures): number;
  /** Gets what is needed before the clock starts. */
  prepare(fixtures: Fixtures): (reader: Reader, clock: Clock) => Promise<boolean>;
}

/** The clock of a workload. It runs from the start. */
export interface Clock {
  /** Does something beside the clock. */
  without<T>(what: () => T): T;
}

/** Objects that are read at once. */
const atOnce = 16;
const countedBytes = 4096;

/** Everything there is to do. */
export const s3Workloads: readonly S3Workload[] = [
  {
    id: 'sequential',
    title: 'one object from its start to its end',
    networks: ['shaped', 'unshaped'],
    operations: () => 1,
    prepare({ big }) {
      const isRight = checkerOf(big);
      return async (reader) => {
        let position = 0;
        let right = true;
        await able(reader.stream)(big, (bytes) => {
          right &&= isRight(position, bytes);
          position += bytes.byteLength;
        });
        return right && position === big.size;
      };
    },
  },
  {
    id: 'random',
    title: 'random reads of 4 to 128 KB, one after the other',
    networks: ['shaped'],
    hasWarm: true,
    operations: ({ scale }) => scale.randomReads,
    prepare({ random, scale }) {
      const isRight = checkerOf(random);
      const parts = randomParts(scale);
      return async (reader, clock) => {
        const file = await able(reader.open)(random);
        let right = true;
        for (const { offset, length } of parts) {
          const found = file.read(offset, length);
          const bytes = isThenable(found) ? await found : found;
          clock.without(() => {
            right &&= isAllRight(bytes, offset, length, isRight);
          });
        }
        await file.close();
        return right;
      };
    },
  },
  {
    id: 'small',
    title: `small objects of 1 to 16 KB, ${atOnce} at once`,
    networks: ['shaped'],
    operations: ({ small }) => small.length,
    prepare({ small }) {
      const pools = createPools();
      const checked = small.map((object) => ({ object, isRight: checkerOf(object, pools) }));
      return async (reader) => {
        const get = able(reader.get);
        let right = true;
        await manyAtOnce(checked, async ({ object, isRight }) => {
          const bytes = await get(object);
          right &&= isAllRight(bytes, 0, object.size, isRight);
        });
        return right;
      };
    },
  },
  {
    id: 'list',
    title: 'a directory of very many objects',
    networks: ['shaped', 'unshaped'],
    operations: ({ listed }) => listed.files.length,
    prepare({ listed: { directory, files } }) {
      const sizes = new Map(files.map(({ name, size }) => [name, size]));
      return async (reader, clock) => {
        const found: readonly { readonly name: string; readonly size?: number }[] = await able(reader.list)(directory);
        return clock.without(
          () =>
            found.length === sizes.size &&
            new Set(found.map(({ name }) => name)).size === sizes.size &&
            found.every(({ name, size }) => sizes.has(name) && (size === undefined || size === sizes.get(name))),
        );
      };
    },
  },
  {
    id: 'get',
    title: `ranged GETs of 4 KiB, ${atOnce} at once`,
    networks: ['unshaped'],
    operations: ({ scale }) => scale.countedGets,
    prepare({ random, scale }) {
      const isRight = checkerOf(random);
      const offsets = Array.from(
        { length: scale.countedGets },
        (_, index) => ((index * 7919) % Math.floor(random.size / countedBytes)) * countedBytes,
      );
      return async (reader) => {
        const range = able(reader.range);
        let right = true;
        await manyAtOnce(offsets, async (offset) => {
          right &&= isAllRight(await range(random, offset, countedBytes), offset, countedBytes, isRight);
        });
        return right;
      };
    },
  },
];

function able<T>(method: T | undefined): T {
  if (method === undefined) throw new NotPossible('has no call for it');
  return method;
}

function isAllRight(
  bytes: Bytes,
  offset: number,
  length: number,
  isRight: (offset: number, bytes: Uint8Array) => boolean,
): boolean {
  let position = offset;
  for (const piece of bytes) {
    if (!isRight(position, piece)) return false;
    position += piece.byteLength;
  }
  return bytesLength(bytes) === length;
}

async function manyAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
    }),
  );
}
