import { defineBackend } from '@mountkit/core';
import { z } from 'zod';
import { createSqlarBackend } from './backend.js';

const options = z.strictObject({
  file: z.string("the path of an archive, as in './site.sqlar'").min(1, 'it is empty'),
});

/** The definition that a config knows as type 'sqlar', and in short as `sqlar:./site.sqlar`. */
export const sqlar = defineBackend({
  type: 'sqlar',
  schema: options,
  jsonSchema: () => z.toJSONSchema(options),
  secrets: [],
  shorthand: { schemes: ['sqlar'], parse: (source) => ({ file: source.slice('sqlar:'.length) }) },
  create: ({ file }) => createSqlarBackend(file),
});
