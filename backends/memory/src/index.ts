import { type BackendDefinition, defineBackend } from '@mountkit/core';
import { createMemoryBackend } from './backend.ts';
import { type MemoryOptions, memorySchema } from './options.ts';

export { createMemoryBackend, type MemoryBackend } from './backend.ts';
export type { MemoryContent, MemoryDirectory, MemoryFile, MemoryItem, MemorySymlink } from './content.ts';
export type { MemoryOptions } from './options.ts';

/** The definition the loader knows as type 'memory'. */
export const memory: BackendDefinition<MemoryOptions> = defineBackend<MemoryOptions>({
  type: 'memory',
  schema: memorySchema,
  secrets: [],
  jsonSchema: () => ({ type: 'object', properties: { files: { type: 'object' } }, additionalProperties: false }),
  create: ({ files }) => createMemoryBackend(files),
});
