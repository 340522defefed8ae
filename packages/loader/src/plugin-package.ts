import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { abiFault, contractAbi } from './definition-fault.ts';
import { isPlainObject } from './known-keys.ts';

/** Where one backend of a package is. */
export interface PluginBackend {
  /** A file of the package, from './' on. */
  readonly module: string;
  /** The name under which the file exports the definition. */
  readonly export: string;
  /** Schemes of its short forms. @default none */
  readonly schemes?: readonly string[] | undefined;
}

/** What a package says of itself in `package.json#mountkit`. */
interface PluginManifest {
  readonly abi: number;
  /** By type. */
  readonly backends: Readonly<Record<string, PluginBackend>>;
}

const backendEntry: z.ZodType<PluginBackend> = z.strictObject({
  module: z
    .string('a file of the package is expected')
    .regex(/^\.\/(?!(?:.*\/)?\.\.(?:\/|$))/, "a file of the package is expected, as in './dist/index.js'"),
  export: z.string('the name of an export is expected').min(1, 'the name of an export is expected'),
  schemes: z
    .array(z.string().regex(/^[a-z][a-z0-9+.-]*$/, "a URL scheme in lower case, without ':', is expected"))
    .optional(),
});

const manifestSchema: z.ZodType<PluginManifest> = z.strictObject({
  abi: z.int(),
  backends: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, "a type is lower-case letters, digits and '-'"),
      backendEntry,
      'backends by type are expected',
    )
    .refine((backends) => Object.keys(backends).length > 0, 'at least one backend is expected'),
});

/** A package that says in its package.json which backends it has. */
export interface PluginPackage extends Pick<PluginManifest, 'backends'> {
  /** The folder it is installed in, links resolved. */
  readonly root: string;
}

/**
 * The package of that name, as Node finds it from one of the places: in the `node_modules` of the folder and of those above it, or that folder's own package. Nothing of
 * it is run.
 *
 * @param from folders, or files in them; paths or file URLs. The first place that has the package counts.
 * @returns the package, or what is wrong, to be read after its name.
 */
export async function findPluginPackage(
  name: string,
  from: readonly (string | URL)[],
): Promise<PluginPackage | { readonly fault: string }> {
  const wrong = nameFault(name);
  if (wrong !== undefined) return { fault: wrong };
  for (const place of from) {
    const root = await findRoot(name, pathOf(place));
    if (root !== undefined) return readPlugin(root);
  }
  return { fault: `is not installed here: npm install ${name}` };
}

function nameFault(name: string): string | undefined {
  if (/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name)) return undefined;
  if (/^[./\\~]|^[a-z]+:|^[A-Z]:/.test(name)) {
    return "is no name of a package: a plugin is named as it is installed, not by a path or URL; in a package's own folder, by its own name";
  }
  if (/.@/.test(name)) return 'is named without a version: what is installed is what is used';
  return 'is no name of a package';
}

function pathOf(place: string | URL): string {
  return typeof place !== 'string' || place.startsWith('file:') ? fileURLToPath(place) : place;
}

// Node's own algorithm (PACKAGE_RESOLVE in its docs on ES modules) but for `exports`: that may hide package.json, which is what is looked for.
async function findRoot(name: string, start: string): Promise<string | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    const own = await readJson(join(folder, 'package.json'));
    if (isPlainObject(own) && own['name'] === name) return realpath(folder);
    const installed = join(folder, 'node_modules', name);
    if ((await readJson(join(installed, 'package.json'))) !== undefined) return realpath(installed);
    if (dirname(folder) === folder) return undefined;
  }
}

/** The JSON in a file, null where it is none; undefined where there is no file. */
async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

async function readPlugin(root: string): Promise<PluginPackage | { readonly fault: string }> {
  const json = await readJson(join(root, 'package.json'));
  if (!isPlainObject(json)) return { fault: 'has a package.json that is no JSON object' };
  const { mountkit } = json;
  if (mountkit === undefined) return { fault: "is no plugin: its package.json has no field 'mountkit'" };
  const abi = isPlainObject(mountkit) ? mountkit['abi'] : undefined;
  if (typeof abi === 'number' && abi !== contractAbi) return { fault: abiFault(abi) };
  const manifest = manifestSchema.safeParse(mountkit);
  if (manifest.success) return { root, backends: manifest.data.backends };
  const faults = manifest.error.issues.map(({ path, message }) => `${['mountkit', ...path].join('.')}: ${message}`);
  return { fault: `says in its package.json what cannot be: ${faults.join('; ')}` };
}
