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

const pluginHint = "a package named in 'plugins' (--plugin NAME) may know it";

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
  const message = `unknown type '${type}', known are ${known.join(', ')}`;
  problems.push(
    suggestion === undefined ? { pointer, message: `${message}; ${pluginHint}` } : { pointer, message, suggestion },
  );
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
  const before = problems.length;
  const definition = scheme === undefined ? undefined : await findScheme(registry, scheme, pointer, problems);
  if (definition?.shorthand === undefined) {
    // What is wrong with the backend that should know the scheme has been said.
    if (problems.length === before) problems.push(unknownScheme(registry, scheme, pointer));
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
  const before = problems.length;
  const declaring = Object.entries(registry).filter(([type, source]) => declaredSchemes(type, source).includes(scheme));
  for (const [type, source] of declaring) {
    const definition = await importBackend(source, type, pointer, problems);
    if (definition?.shorthand?.schemes.includes(scheme) === true) return definition;
  }
  // Why the type of that name does not know it says more than that nobody does.
  const named = Object.hasOwn(registry, scheme) ? registry[scheme] : undefined;
  if (named === undefined || problems.length > before) return undefined;
  const definition = await importBackend(named, scheme, pointer, problems);
  if (definition !== undefined) problems.push({ pointer, message: noShortForm(definition) });
  return undefined;
}

function noShortForm({ type, shorthand }: BackendDefinition): string {
  return shorthand === undefined
    ? `the type '${type}' has no short form: in a config it is written { "type": "${type}", ... }`
    : `the short form of the type '${type}' begins with ${listed(shorthand.schemes)}`;
}

function unknownScheme(registry: BackendRegistry, scheme: string | undefined, pointer: string): Problem {
  const known = schemesOf(registry);
  if (scheme === undefined) {
    return { pointer, message: `a source begins with its scheme, known are ${listed(known)}` };
  }
  const message = `unknown scheme '${scheme}:', known are ${listed(known)}`;
  const suggestion = didYouMean(scheme, known);
  return suggestion === undefined
    ? { pointer, message: `${message}; ${pluginHint}` }
    : { pointer, message, suggestion: `${suggestion}:` };
}

function listed(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}:`).join(' ');
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
