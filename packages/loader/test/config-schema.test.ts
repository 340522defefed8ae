import { memory } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../src/index.ts';
import { remoteDefinition } from './remote.ts';

interface Schema {
  readonly const?: unknown;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
}

describe('the JSON Schema of a config', () => {
  const schema = configSchema([memory, remoteDefinition().definition]) as Schema;
  const mounts = schema.properties?.['mounts']?.additionalProperties as Schema;
  const ofType = (type: string): readonly Schema[] =>
    mounts.anyOf?.filter(({ properties }) => properties?.['type']?.const === type) ?? [];

  it('is plain data of draft 2020-12', () => {
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', required: ['mounts'] });
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  it('knows a mount by its type or its source, with common options and those of its backend', () => {
    const [byType, bySource] = ofType('remote');
    expect(byType?.required).toEqual(['type', 'repo']);
    expect(bySource?.required).toEqual(['source']);
    expect(Object.keys(byType?.properties ?? {}).sort()).toEqual(
      [
        'type',
        'repo',
        'ref',
        'token',
        'auth',
        'limits',
        'cache',
        'timeouts',
        'access',
        'connect',
        'follow',
        'writes',
      ].sort(),
    );
    expect(byType?.additionalProperties).toBe(false);
    expect(ofType('memory')).toHaveLength(1);
  });

  it('a secret is a reference, also inside an object', () => {
    const [byType] = ofType('remote');
    const references = [byType?.properties?.['token'], byType?.properties?.['auth']?.properties?.['key']];
    for (const reference of references) expect(reference?.anyOf?.[0]?.required).toEqual(['env']);
  });

  it('a short form begins with a scheme', () => {
    const [text] = mounts.anyOf ?? [];
    expect(new RegExp(text?.pattern ?? '').test('rem:a/b')).toBe(true);
    expect(new RegExp(text?.pattern ?? '').test('other:a/b')).toBe(false);
  });
});
