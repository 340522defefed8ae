import type { BackendDefinition } from '@mountkit/core';

/** A backend's definition, fetched when a config first names its type: importing a client costs tens of milliseconds. */
export type BackendImport = () => Promise<BackendDefinition<never>>;

/** The backends that come with mountkit, by type. */
export const builtinBackends: Readonly<Record<string, BackendImport>> = Object.freeze({
  github: async () => (await import('@mountkit/github')).github as BackendDefinition<never>,
  memory: async () => (await import('@mountkit/memory')).memory as BackendDefinition<never>,
});
