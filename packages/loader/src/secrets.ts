import { readFile } from 'node:fs/promises';
import { type BackendDefinition, createSecret, isSecret, type Secret } from '@mountkit/core';
import { isPlainObject } from './known-keys.ts';
import { keysOfPointer, pointerTo, type Problem } from './problem.ts';

/** Where secrets come from and what is said about them. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called for a secret that stands in a config as it is. */
  readonly onLiteral: (pointer: string) => void;
  /** Called with the text of each secret that is known. */
  readonly onText?: (pointer: string, text: string) => void;
}

/** Options whose credentials are wrapped, and the texts of those that are known: whatever is said about the options must not hold them. */
export interface WrappedOptions {
  readonly options: Readonly<Record<string, unknown>>;
  readonly texts: readonly string[];
}

/**
 * Resolves the references at the places where a definition expects credentials and wraps them as {@link Secret}s. A problem names the variable that is missing and
 * nothing else; neither the path of a file nor what a secret holds is in it.
 */
export async function wrapSecrets(
  { secrets }: Pick<BackendDefinition, 'secrets'>,
  options: Readonly<Record<string, unknown>>,
  sources: SecretSources,
  pointer: string,
  problems: Problem[],
): Promise<WrappedOptions> {
  let wrapped = options;
  const texts: string[] = [];
  for (const keys of secrets.flatMap((place) => placesOf(options, keysOfPointer(place)))) {
    const reference = valueAt(wrapped, keys);
    if (reference === undefined || isSecret(reference)) continue;
    const where = pointerTo(pointer, ...keys);
    const secret = await resolveReference(reference, sources, where, problems, texts);
    wrapped = withValueAt(wrapped, keys, secret);
  }
  return { options: wrapped, texts };
}

/** `text` without any of the secrets. */
export function redacted(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}

async function resolveReference(
  reference: unknown,
  { env, onLiteral, onText }: SecretSources,
  pointer: string,
  problems: Problem[],
  texts: string[],
): Promise<Secret | undefined> {
  const keep = (text: string): Secret => {
    texts.push(text);
    onText?.(pointer, text);
    return createSecret(text);
  };
  if (typeof reference === 'function') return createSecret(reference as () => string | PromiseLike<string>);
  if (typeof reference === 'string' && reference !== '') {
    onLiteral(pointer);
    return keep(reference);
  }
  if (isPlainObject(reference) && Object.keys(reference).length === 1) {
    const { env: name, file } = reference;
    if (typeof name === 'string' && name !== '') {
      const text = env[name];
      if (text !== undefined && text !== '') return keep(text);
      problems.push({ pointer, message: `the environment variable ${name} is not set` });
      return undefined;
    }
    if (typeof file === 'string' && file !== '') {
      const text = await textOf(file);
      if (text !== undefined && text !== '') return keep(text);
      problems.push({ pointer, message: text === '' ? 'the file is empty' : 'the file cannot be read' });
      return undefined;
    }
  }
  problems.push({ pointer, message: 'a secret is {env: NAME}, {file: PATH} or, in code, a function' });
  return undefined;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return text.replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

// A '*' stands for every key there is, as in '/headers/*'.
function placesOf(options: unknown, keys: readonly string[]): readonly (readonly string[])[] {
  const star = keys.indexOf('*');
  if (star < 0) return [keys];
  const above = keys.slice(0, star);
  const parent = valueAt(options, above);
  if (!isPlainObject(parent)) return [];
  return Object.keys(parent).flatMap((key) => placesOf(options, [...above, key, ...keys.slice(star + 1)]));
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (isPlainObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
}

function withValueAt(
  options: Readonly<Record<string, unknown>>,
  [key, ...rest]: readonly string[],
  value: unknown,
): Readonly<Record<string, unknown>> {
  if (key === undefined) return options;
  const inner = options[key];
  const next = rest.length > 0 && isPlainObject(inner) ? withValueAt(inner, rest, value) : value;
  // A secret that could not be resolved is left out: its problem has been noted, the schema need not complain again.
  if (next !== undefined) return { ...options, [key]: next };
  const { [key]: _, ...others } = options;
  return others;
}
