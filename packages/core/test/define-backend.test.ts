import { describe, expect, it } from 'vitest';
import { declareCapabilities, defineBackend, type FsBackend } from '../src/index.ts';

const schema = {
  '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) },
};
const create = (): FsBackend => {
  throw new Error('not made here');
};

describe('defineBackend', () => {
  it('freezes a definition and fills in the origins', () => {
    const definition = defineBackend({ type: 'my-store', schema, secrets: ['/token'], create });
    expect(Object.isFrozen(definition)).toBe(true);
    expect(definition.abi).toBe(1);
    expect(definition.origins({})).toEqual([]);
  });

  it.each([
    ['a type that is no word', { type: 'My Store' }],
    ['a schema that is none', { schema: {} as never }],
    ['a secret that is no pointer', { secrets: ['token'] }],
    ['no create', { create: undefined as never }],
  ])('refuses %s', (_, fault) => {
    expect(() => defineBackend({ type: 'x', schema, secrets: [], create, ...fault })).toThrow(TypeError);
  });
});

describe('declareCapabilities', () => {
  it('fills in the least and freezes it', () => {
    const capabilities = declareCapabilities({ ranges: true, writes: ['write'] });
    expect(capabilities).toMatchObject({ ranges: true, suffix: false, versions: 'none', writes: ['write'] });
    expect(Object.isFrozen(capabilities) && Object.isFrozen(capabilities.writes)).toBe(true);
  });
});
