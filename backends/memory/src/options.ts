import { z } from 'zod';
import type { MemoryItem } from './content.ts';

/** Options of the memory backend. */
export interface MemoryOptions {
  /** What is there, by absolute path: text, bytes, a lazy file, `{content, mode, mtimeNs}`, `{symlink}` or `{directory: true}`. @default {} */
  readonly files?: Readonly<Record<string, MemoryItem>> | undefined;
}

const item = z.union([
  z.string(),
  z.instanceof(Uint8Array),
  z.strictObject({
    content: z.union([z.string(), z.instanceof(Uint8Array)]),
    mode: z.int().min(0).max(0o777).optional(),
    mtimeNs: z.bigint().optional(),
  }),
  z.strictObject({ symlink: z.string().min(1) }),
  z.strictObject({ directory: z.literal(true), mode: z.int().min(0).max(0o777).optional() }),
  z.custom<MemoryItem>((value) => typeof value === 'object' && value !== null && 'load' in value),
]);

/** What a config may say. */
export const memorySchema: z.ZodType<MemoryOptions> = z.strictObject({
  files: z.record(z.string().startsWith('/', 'a path begins with /'), item).optional(),
}) as z.ZodType<MemoryOptions>;
