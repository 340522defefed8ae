import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Head } from './plane.ts';

/** A checksum of a whole object, https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax. */
export interface Checksum {
  update(chunk: Uint8Array): void;
  /** Whether the bytes so far are those of the header. */
  matches(): Promise<boolean>;
}

interface Summer {
  update(chunk: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

/** By what is cheapest to sum. */
const algorithms = ['crc32', 'crc64nvme', 'crc32c', 'sha256', 'sha1'] as const;

/** The checksum an answer with a whole object carries; undefined where it carries none of all its bytes. */
export async function checksumOf({ header }: Head): Promise<Checksum | undefined> {
  // A composite one is a checksum of the checksums of parts.
  if (header('x-amz-checksum-type') === 'COMPOSITE') return undefined;
  for (const algorithm of algorithms) {
    const expected = header(`x-amz-checksum-${algorithm}`)?.trim();
    if (expected === undefined || expected.includes('-')) continue;
    const summer = await createSummer(algorithm);
    return {
      update: (chunk) => void summer.update(chunk),
      matches: async () => Buffer.from(await summer.digest()).toString('base64') === expected,
    };
  }
  return undefined;
}

async function createSummer(algorithm: (typeof algorithms)[number]): Promise<Summer> {
  if (algorithm === 'sha1' || algorithm === 'sha256') return createHash(algorithm);
  if (algorithm === 'crc32') return createCrc32();
  const { Crc32c, Crc64Nvme } = await import('@aws-sdk/checksums/crc');
  return algorithm === 'crc32c' ? new Crc32c() : new Crc64Nvme();
}

function createCrc32(): Summer {
  let sum = 0;
  return {
    update(chunk): void {
      sum = crc32(chunk, sum);
    },
    digest(): Uint8Array {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum);
      return bytes;
    },
  };
}
