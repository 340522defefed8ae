import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Checksum algorithms, as they stand in header names. */
export const checksumAlgorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;

/** A checksum algorithm of S3. */
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** A checksum of an object, https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** In base64; a composite one ends with `-` and the number of parts. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

/** Sums up bytes. */
export interface Summer {
  update(bytes: Uint8Array): void;
  /** The sum in base64. */
  digest(): string;
}

/** Starts a sum. */
export function createSummer(algorithm: ChecksumAlgorithm): Summer {
  switch (algorithm) {
    case 'sha1':
    case 'sha256': {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') };
    }
    case 'crc32': {
      let sum = 0;
      return {
        update: (bytes) => {
          sum = crc32(bytes, sum);
        },
        digest: () => words(sum),
      };
    }
    case 'crc32c':
      return createCrc32c();
    case 'crc64nvme':
      return createCrc64();
  }
}

/** Whether a text is an algorithm's name, in either case. */
export function parseAlgorithm(text: string | undefined): ChecksumAlgorithm | undefined {
  const name = text?.toLowerCase();
  return checksumAlgorithms.find((algorithm) => algorithm === name);
}

/** CRC-32C (Castagnoli), RFC 9260 appendix A: reflected polynomial 0x82F63B78. */
function createCrc32c(): Summer {
  const table = new Int32Array(256);
  for (let index = 0; index < 256; index += 1) {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    table[index] = value;
  }
  let sum = -1;
  return {
    update(bytes) {
      for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
    },
    digest: () => words(~sum),
  };
}

/** CRC-64/NVME, NVM Express command set specification section 5.2.1.3.4: reflected polynomial 0x9A6C9329AC4BC9B5. */
function createCrc64(): Summer {
  // In two 32-bit halves: BigInt is a hundred times slower.
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let index = 0; index < 256; index += 1) {
    let upper = 0;
    let lower = index;
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = lower & 1;
      lower = (lower >>> 1) | (upper << 31);
      upper >>>= 1;
      if (odd === 1) {
        upper ^= 0x9a6c9329;
        lower ^= 0xac4bc9b5;
      }
    }
    high[index] = upper;
    low[index] = lower;
  }
  let upper = -1;
  let lower = -1;
  return {
    update(bytes) {
      for (const byte of bytes) {
        const index = (lower ^ byte) & 0xff;
        lower = ((lower >>> 8) | (upper << 24)) ^ (low[index] ?? 0);
        upper = (upper >>> 8) ^ (high[index] ?? 0);
      }
    },
    digest: () => words(~upper, ~lower),
  };
}

function words(...values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value | 0, index * 4);
  return bytes.toString('base64');
}
