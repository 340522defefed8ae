import { type BackendDefinition, defineBackend } from '@mountkit/core';
import { create__Name__Backend } from './backend.js';
import { __name__JsonSchema, type __Name__Options, __name__Schema, parseShorthand } from './options.js';

export { create__Name__Backend } from './backend.js';
export type { __Name__Options } from './options.js';

/** The definition that a config knows as type '__type__'; package.json names this export. */
export const __name__Backend: BackendDefinition<__Name__Options> = defineBackend<__Name__Options>({
  type: '__type__',
  schema: __name__Schema,
  jsonSchema: __name__JsonSchema,
  // Where the options hold credentials: mountkit resolves {"env": ...} and {"file": ...} there, and hands over Secrets.
  secrets: ['/token'],
  shorthand: { schemes: ['__type__'], parse: parseShorthand },
  origins: ({ url }) => [new URL(url).origin],
  create: (options, context) => create__Name__Backend(options, context),
});
