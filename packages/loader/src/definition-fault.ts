import type { BackendDefinition, FsBackend } from '@mountkit/core';

/** The version of the contract between backends and mountkit that this loader speaks. */
export const contractAbi = 1;

/** Why a value is not what `defineBackend` gives, to be read after its name; undefined where it is. It may come from another copy of core. */
export function definitionFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return `is no definition of a backend but ${value === null ? 'null' : `of type ${typeof value}`}: export what defineBackend gives`;
  }
  const { abi, type, schema, secrets, origins, create } = value as {
    readonly [Key in keyof BackendDefinition]?: unknown;
  };
  if (abi !== undefined && abi !== contractAbi) return abiFault(abi);
  const isSchema =
    typeof (schema as Partial<BackendDefinition['schema']> | undefined)?.['~standard']?.validate === 'function';
  const isDefinition =
    abi === contractAbi &&
    typeof type === 'string' &&
    isSchema &&
    Array.isArray(secrets) &&
    typeof origins === 'function' &&
    typeof create === 'function';
  return isDefinition ? undefined : 'is no definition of a backend: export what defineBackend gives';
}

/** Why a value is not what `create` of a definition has to give, to be read after its name; undefined where it is. What it does is not tried. */
export function backendFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is no backend';
  const { abi, id, capabilities, ...verbs } = value as { readonly [Key in keyof FsBackend]?: unknown };
  if (abi !== contractAbi) return abi === undefined ? `has no abi: it is ${contractAbi}` : abiFault(abi);
  if (typeof id !== 'string' || id === '') return 'has no id';
  if (typeof capabilities !== 'object' || capabilities === null) return 'has no capabilities: use declareCapabilities';
  const missing = (['stat', 'list', 'read'] as const).filter((verb) => typeof verbs[verb] !== 'function');
  return missing.length === 0 ? undefined : `lacks ${missing.join(' and ')}`;
}

/** What to say of something made for another version of the contract. */
export function abiFault(abi: unknown): string {
  return `is made for version ${String(abi)} of the contract, and this mountkit has version ${contractAbi}: ${
    Number(abi) > contractAbi ? 'update mountkit' : 'update the package'
  }`;
}
