import { type BackendDefinition, defineBackend } from '@mountkit/core';
import { createS3Backend } from './backend.ts';
import { s3JsonSchema, type S3Options, s3Schema, secretPointers, settingsOf } from './options.ts';
import { originsOf } from './origins.ts';
import { parseShorthand } from './shorthand.ts';

export { createS3Backend, type S3Runtime } from './backend.ts';
export type { Credential, S3Options } from './options.ts';

/** The definition the loader knows as type 's3'. */
export const s3: BackendDefinition<S3Options> = defineBackend<S3Options>({
  type: 's3',
  schema: s3Schema,
  jsonSchema: s3JsonSchema,
  secrets: secretPointers,
  shorthand: { schemes: ['s3'], parse: parseShorthand },
  origins: (options) => originsOf(settingsOf(options)),
  create: (options, context) => createS3Backend(options, context),
});
