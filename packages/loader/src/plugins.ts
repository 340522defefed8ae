import { type BackendDefinition, FsError } from '@mountkit/core';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { definitionFault } from './definition-fault.ts';
import { findPluginPackage, type PluginBackend, type PluginPackage } from './plugin-package.ts';
import { pointerTo, type Problem } from './problem.ts';
import { type BackendRegistry, type BackendSource, declaredSchemes } from './registry.ts';

/** That a config may name packages with further backends, and where these are looked for. */
export interface PluginSettings {
  /** Folders, or files in them, as paths or file URLs (`import.meta.url`): the packages installed for them are found, those of the first place first. */
  readonly from: string | URL | readonly (string | URL)[];
  /** The packages that may be named. @default whatever is installed */
  readonly allow?: readonly string[];
}

/**
 * `registry` with the backends of the packages a config names. The packages are looked up and their package.json is read; a backend's module is imported when a mount
 * needs it. What is known already cannot be replaced.
 */
export async function withPlugins(
  registry: BackendRegistry,
  named: unknown,
  settings: PluginSettings | undefined,
  problems: Problem[],
): Promise<BackendRegistry> {
  if (named === undefined) return registry;
  if (!Array.isArray(named)) {
    problems.push({ pointer: '/plugins', message: 'a list of names of packages is expected' });
    return registry;
  }
  let all = registry;
  for (const [index, name] of named.entries()) {
    // A name that stands there twice means the same package.
    if (named.indexOf(name) !== index) continue;
    all = await withPlugin(all, name, settings, pointerTo('/plugins', index), problems);
  }
  return all;
}

async function withPlugin(
  registry: BackendRegistry,
  name: unknown,
  settings: PluginSettings | undefined,
  pointer: string,
  problems: Problem[],
): Promise<BackendRegistry> {
  const refuse = (message: string): BackendRegistry => {
    problems.push({ pointer, message });
    return registry;
  };
  if (typeof name !== 'string') return refuse('the name of a package is expected');
  if (settings === undefined) {
    return refuse(
      'a config may name packages where the call allows it: load(config, { plugins: { from: import.meta.url } })',
    );
  }
  const { from, allow } = settings;
  if (allow?.includes(name) === false) return refuse(`'${name}' is not among the plugins that are allowed here`);
  const found = await findPluginPackage(
    name,
    Array.isArray(from) ? (from as readonly (string | URL)[]) : [from as string | URL],
  );
  if ('fault' in found) return refuse(`'${name}' ${found.fault}`);
  const added: Record<string, BackendSource> = {};
  for (const [type, backend] of Object.entries(found.backends)) {
    const { schemes = [] } = backend;
    if (Object.hasOwn(registry, type))
      return refuse(`'${name}' has the type '${type}', which is there already: a plugin replaces nothing`);
    const taken = schemes.find((scheme) => hasScheme(registry, scheme));
    if (taken !== undefined)
      return refuse(`'${name}' has the scheme '${taken}:', which is there already: a plugin replaces nothing`);
    added[type] = { schemes, load: () => importPlugin(name, type, backend, found) };
  }
  return { ...registry, ...added };
}

function hasScheme(registry: BackendRegistry, scheme: string): boolean {
  return Object.entries(registry).some(([type, source]) => declaredSchemes(type, source).includes(scheme));
}

async function importPlugin(
  name: string,
  type: string,
  { module: file, export: exported, schemes = [] }: PluginBackend,
  { root }: PluginPackage,
): Promise<BackendDefinition> {
  const refuse = (why: string, cause?: unknown): FsError =>
    new FsError('EINVAL', { op: 'load', detail: `the plugin '${name}' ${why}`, cause });
  const path = join(root, file);
  try {
    await stat(path);
  } catch (error) {
    throw refuse(`has no file ${file}, where its package.json has the type '${type}': has it been built?`, error);
  }
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const { name: kind, code } = error as { readonly name?: unknown; readonly code?: unknown };
    const what = typeof code === 'string' ? code : String(kind);
    throw refuse(`could not be imported (${what}): node -e "import('${name}')" in its folder says why`, error);
  }
  if (!Object.hasOwn(exports, exported)) {
    const others = Object.keys(exports);
    throw refuse(
      `has no export '${exported}' in ${file}${others.length === 0 ? '' : `; there are ${others.join(', ')}`}`,
    );
  }
  const value = exports[exported];
  const fault = definitionFault(value);
  if (fault !== undefined) throw refuse(`exports as '${exported}' what ${fault}`);
  const definition = value as BackendDefinition;
  if (definition.type !== type) {
    throw refuse(`is '${type}' by its package.json, but the definition it exports is '${definition.type}'`);
  }
  const own = definition.shorthand?.schemes ?? [];
  const unsaid = own.filter((scheme) => !schemes.includes(scheme));
  if (unsaid.length > 0) {
    throw refuse(
      `has a shorthand with ${quoted(unsaid)}, which its package.json does not say: mountkit.backends.${type} needs "schemes": ${JSON.stringify(own)}`,
    );
  }
  const odd = schemes.filter((scheme) => !own.includes(scheme));
  if (odd.length > 0) {
    throw refuse(`has other schemes in its package.json than its definition's shorthand: ${quoted(odd)}`);
  }
  return definition;
}

function quoted(schemes: readonly string[]): string {
  return schemes.map((scheme) => `'${scheme}:'`).join(', ');
}
