import { normalizePath } from '@mountkit/core';
import { z } from 'zod';
import type { JsonSchema } from './known-keys.ts';

/** What every mount remembers in memory; each mount has a budget of its own. */
export interface CacheConfig {
  /** Hard bound of the bytes of file content, held and on their way. @default 268,435,456 */
  readonly memoryBytes?: number | undefined;
  /** How long attributes and listings are believed, in milliseconds; 0: the origin is asked each time. @default 60,000 */
  readonly metadataTtlMs?: number | undefined;
  /** Bytes that may be read ahead for each byte delivered, beyond 32 MiB; 0 reads the pages that are asked for and nothing else. @default 3 */
  readonly amplification?: number | undefined;
  /** While the origin cannot be reached, serve what is known, however old; `health()` says so. @default false */
  readonly staleIfError?: boolean | undefined;
}

/** How long an origin may be silent, in milliseconds. */
export interface TimeoutsConfig {
  /** For a connection. @default 10,000 */
  readonly connectMs?: number | undefined;
  /** Until a call is answered, or more of its answer has come. @default 30,000 */
  readonly firstByteMs?: number | undefined;
  /** Between two pieces of a body. @default 15,000 */
  readonly idleMs?: number | undefined;
}

/** The options every mount takes, whatever its type; all other keys belong to its backend. */
export interface CommonMountOptions {
  readonly cache?: CacheConfig | undefined;
  readonly timeouts?: TimeoutsConfig | undefined;
  /** What the mount lets through: `readOnly` refuses every mutation, `root` shows only what is below a path of the source, `maxEntries` bounds how many names it may list in all (EDQUOT). */
  readonly access?:
    | {
        readonly readOnly?: boolean | undefined;
        readonly root?: string | undefined;
        readonly maxEntries?: number | undefined;
      }
    | undefined;
  /** Ask the origin for the root while loading, so that a bad name or credential is told at once. @default false: no input or output before the first use */
  readonly connect?: boolean | undefined;
  /**
   * Show the newest revision of a remote that moves: an access asks for it when the one shown is older than `intervalMs` (default 60,000, at least 1,000). Open files
   * keep theirs. @default false: what was there at first stays
   */
  readonly follow?: boolean | { readonly intervalMs?: number | undefined } | undefined;
  /** Only 'off' so far: every mutation is EROFS. @default 'off' */
  readonly writes?: 'off' | undefined;
}

/** The default of {@link CommonMountOptions.follow}'s interval. */
export const followIntervalMs = 60_000;

const wholeNumber = z.int('a whole number is expected').min(0, 'not below 0');
const milliseconds = z
  .int('milliseconds are a whole number')
  .min(1, 'at least 1 ms')
  .max(2 ** 31 - 1, 'at most 24 days');

function isNormalPath(path: string): boolean {
  try {
    return normalizePath(path) === path;
  } catch {
    return false;
  }
}

/** Schema of {@link CacheConfig}. */
export const cacheSchema: z.ZodType<CacheConfig> = z.strictObject({
  memoryBytes: wholeNumber.describe('Hard bound of the bytes of file content kept in memory.').optional(),
  metadataTtlMs: wholeNumber.describe('How long attributes and listings are believed.').optional(),
  amplification: z
    .number('a number is expected')
    .min(0, 'not below 0')
    .max(1000, 'at most 1000')
    .describe('Bytes read ahead for each byte delivered.')
    .optional(),
  staleIfError: z.boolean('true or false is expected').describe('Serve what is known during an outage.').optional(),
});

const common = z.strictObject({
  cache: cacheSchema.optional(),
  timeouts: z
    .strictObject({ connectMs: milliseconds, firstByteMs: milliseconds, idleMs: milliseconds })
    .partial()
    .optional(),
  access: z
    .strictObject({
      readOnly: z.boolean('true or false is expected').optional(),
      root: z
        .string()
        .refine(isNormalPath, "an absolute path without '.', '..' or a '/' at its end is expected")
        .optional(),
      maxEntries: wholeNumber.describe('How many names the mount may list in all.').optional(),
    })
    .optional(),
  connect: z.boolean('true or false is expected').optional(),
  follow: z
    .union(
      [
        z.boolean(),
        z.strictObject({
          intervalMs: z
            .int('milliseconds are a whole number')
            .min(1000, 'at least 1,000 ms')
            .max(2 ** 31 - 1)
            .optional(),
        }),
      ],
      'true, false or {intervalMs} is expected',
    )
    .optional(),
  writes: z
    .literal('off', "the writable half of a mount is not there yet: leave 'writes' out or set it to 'off'")
    .optional(),
});

/** Schema of {@link CommonMountOptions}. */
export const commonSchema: z.ZodType<CommonMountOptions> = common;

/** JSON Schema of {@link CommonMountOptions}. */
export function commonJsonSchema(): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(common, { io: 'input' });
  return schema;
}

/** JSON Schema of {@link CacheConfig}. */
export function cacheJsonSchema(): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(cacheSchema, { io: 'input' });
  return schema;
}
