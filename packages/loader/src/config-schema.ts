import type { BackendDefinition } from '@mountkit/core';
import { isPlainObject, type JsonSchema } from './known-keys.ts';
import { cacheJsonSchema, commonJsonSchema } from './mount-options.ts';
import { keysOfPointer } from './problem.ts';

const secretReference: JsonSchema = {
  description: 'A credential, by reference.',
  anyOf: [
    { type: 'object', properties: { env: { type: 'string' } }, required: ['env'], additionalProperties: false },
    { type: 'object', properties: { file: { type: 'string' } }, required: ['file'], additionalProperties: false },
    { type: 'string', description: 'The credential itself: a warning is given.' },
  ],
};

/** JSON Schema (draft 2020-12) of a config that names these backends, for editors. */
export function configSchema(definitions: readonly BackendDefinition[]): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'mountkit config',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      plugins: {
        description: 'Installed packages that bring further types.',
        type: 'array',
        items: { type: 'string' },
      },
      mounts: {
        type: 'object',
        propertyNames: { pattern: '^/' },
        additionalProperties: { anyOf: [sourceText(definitions), ...definitions.flatMap(mountSchemas)] },
      },
      cache: cacheJsonSchema(),
    },
    required: ['mounts'],
    additionalProperties: false,
  };
}

function sourceText(definitions: readonly BackendDefinition[]): JsonSchema {
  const schemes = definitions.flatMap(({ shorthand }) => shorthand?.schemes ?? []);
  return { type: 'string', pattern: `^(?:${schemes.join('|')}):` };
}

/** A mount by its type, and by the short form of its source. */
function mountSchemas(definition: BackendDefinition): readonly JsonSchema[] {
  const own = definition.jsonSchema?.() ?? {};
  const properties = definition.secrets.reduce(
    (all, pointer) => withSchemaAt(all, keysOfPointer(pointer)),
    isPlainObject(own['properties']) ? own['properties'] : {},
  );
  const common = commonJsonSchema()['properties'];
  const required = Array.isArray(own['required']) ? (own['required'] as readonly string[]) : [];
  const schemaOf = (names: JsonSchema, needed: readonly string[]): JsonSchema => ({
    type: 'object',
    properties: { ...properties, ...(isPlainObject(common) ? common : {}), ...names },
    required: needed,
    additionalProperties: own['additionalProperties'] ?? true,
  });
  const byType = schemaOf({ type: { const: definition.type } }, ['type', ...required]);
  if (definition.shorthand === undefined) return [byType];
  return [byType, schemaOf({ type: { const: definition.type }, source: sourceText([definition]) }, ['source'])];
}

function withSchemaAt(properties: JsonSchema, [key, ...rest]: readonly string[]): JsonSchema {
  if (key === undefined) return properties;
  const inner = properties[key];
  if (rest.length === 0) return { ...properties, [key]: secretReference };
  if (!isPlainObject(inner) || !isPlainObject(inner['properties'])) return properties;
  return { ...properties, [key]: { ...inner, properties: withSchemaAt(inner['properties'], rest) } };
}
