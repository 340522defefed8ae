import { type BackendDefinition, isFsError } from '@mountkit/core';
import { definitionFault } from './definition-fault.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Problem } from './problem.ts';

/** Imports a backend when a config names it. */
export type BackendImport = () => PromiseLike<BackendDefinition> | BackendDefinition;

/** A backend by its type: how it is imported, and the schemes of its short forms where they are not its type. */
export type BackendSource = BackendImport | { readonly schemes: readonly string[]; readonly load: BackendImport };

/** The backends a config may name, by type. */
export type BackendRegistry = Readonly<Record<string, BackendSource>>;

/** A backend found for a mount, with the options its short form stands for. */
export interface FoundBackend {
  readonly definition: BackendDefinition;
  readonly options: Readonly<Record<string, unknown>>;
}

/** The backend of that type; undefined, with a problem noted, where there is none. */
export async function findType(
  registry: BackendRegistry,
  type: string,
  pointer: string,
  problems: Problem[],
): Promise<BackendDefinition | undefined> {
  const source = Object.hasOwn(registry, type) ? registry[type] : undefined;
  if (source !== undefined) return importBackend(source, type, pointer, problems);
  const known = Object.keys(registry);
  const suggestion = didYouMean(type, known);
  problems.push({
    pointer,
    message: `unknown type '${type}', known are ${known.join(', ')}`,
    ...(suggestion !== undefined && { suggestion }),
  });
  return undefined;
}

/** The backend that reads this short form, and what it reads; undefined, with a problem noted, where none does. Only backends that may know the scheme are imported. */
export async function findSource(
  registry: BackendRegistry,
  source: string,
  pointer: string,
  problems: Problem[],
): Promise<FoundBackend | undefined> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase();
  const definition = scheme === undefined ? undefined : await findScheme(registry, scheme, pointer, problems);
  if (definition?.shorthand === undefined) {
    const known = schemesOf(registry);
    const suggestion = scheme === undefined ? undefined : didYouMean(scheme, known);
    problems.push({
      pointer,
      message: `${scheme === undefined ? 'a source begins with its scheme' : `unknown scheme '${scheme}:'`}, known are ${known
        .map((each) => `${each}:`)
        .join(' ')}`,
      ...(suggestion !== undefined && { suggestion: `${suggestion}:` }),
    });
    return undefined;
  }
  try {
    return { definition, options: definition.shorthand.parse(source) };
  } catch (error) {
    // Only the author's own words: the source may hold a credential.
    const why = isFsError(error) ? error.detail : undefined;
    problems.push({ pointer, message: why ?? `this is no source of type '${definition.type}'` });
    return undefined;
  }
}

async function findScheme(
  registry: BackendRegistry,
  scheme: string,
  pointer: string,
  problems: Problem[],
): Promise<BackendDefinition | undefined> {
  for (const [type, source] of Object.entries(registry)) {
    if (!declaredSchemes(type, source).includes(scheme)) continue;
    const definition = await importBackend(source, type, pointer, problems);
    if (definition?.shorthand?.schemes.includes(scheme) === true) return definition;
  }
  return undefined;
}

function schemesOf(registry: BackendRegistry): readonly string[] {
  return Object.entries(registry).flatMap(([type, source]) => declaredSchemes(type, source));
}

/** The schemes of the short forms of a backend that need not be imported yet. */
export function declaredSchemes(type: string, source: BackendSource): readonly string[] {
  return typeof source === 'function' ? [type] : source.schemes;
}

async function importBackend(
  source: BackendSource,
  type: string,
  pointer: string,
  problems: Problem[],
): Promise<BackendDefinition | undefined> {
  try {
    const definition = await (typeof source === 'function' ? source() : source.load());
    const fault = definitionFault(definition);
    if (fault === undefined) return definition;
    problems.push({ pointer, message: `what is given for the type '${type}' ${fault}` });
  } catch (error) {
    const why = isFsError(error) ? error.detail : undefined;
    problems.push({
      pointer,
      message: why ?? `the backend '${type}' could not be imported: is its package installed?`,
    });
  }
  return undefined;
}
