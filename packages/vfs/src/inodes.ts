const lane = 0x100000000;

/** Inode numbers of one mount. */
export interface Inodes {
  /** The number of what was first seen under `path`: never 0, below 2^53, the same at every call. */
  of(path: string): number;
  /** How many were given. */
  readonly count: number;
}

/** Three independent hashes of 32 bits: two for the number, one to tell a collision by. */
export type PathHash = (path: string) => readonly [low: number, high: number, check: number];

/**
 * Inode numbers as a hash of `seed` (the mount's id) and the path, so that they are the same in every process. On a collision the next free number is taken; for that
 * a second, independent hash of each number's path is kept, which takes much less room than the path.
 */
export function createInodes(seed: string, hash: PathHash = seededHash(seed)): Inodes {
  const owners = new Map<number, number>();

  return {
    get count(): number {
      return owners.size;
    },
    of(path): number {
      const [low, high, check] = hash(path);
      let ino = (high & 0x1fffff) * lane + low;
      for (;;) {
        if (ino !== 0) {
          const owner = owners.get(ino);
          if (owner === check) return ino;
          if (owner === undefined) {
            owners.set(ino, check);
            return ino;
          }
        }
        ino = ino === Number.MAX_SAFE_INTEGER ? 1 : ino + 1;
      }
    },
  };
}

function seededHash(seed: string): PathHash {
  const [low, high, check] = mix(seed, 0x2545f491, 0x6c62272e, 0x1b873593);
  return (path) => mix(path, low, high, check);
}

// Three lanes of multiply and xor-shift over the code units, each finished with an avalanche.
function mix(text: string, a: number, b: number, c: number): [number, number, number] {
  let [x, y, z] = [a ^ text.length, b, c];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    x = Math.imul(x ^ unit, 0x9e3779b1);
    x ^= x >>> 15;
    y = Math.imul(y ^ unit, 0x85ebca77);
    y ^= y >>> 13;
    z = Math.imul(z + unit, 0xc2b2ae3d);
    z ^= z >>> 16;
  }
  return [finish(x ^ y), finish(y + z), finish(z ^ x)];
}

function finish(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
