import type { BackendContext } from './backend-context.ts';
import type { FsBackend } from './backend.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What a backend package exports: how its options look and how a backend is made of them. */
export interface BackendDefinition<Options = unknown> {
  readonly abi: 1;
  /** The `type` in a config, e.g. 'github'. Lower-case letters, digits and '-'. */
  readonly type: string;
  readonly schema: StandardSchema<Options>;
  /** JSON Schema of the options, for editors and for "did you mean". */
  readonly jsonSchema?: () => Readonly<Record<string, unknown>>;
  /** JSON pointers of the options that are credentials. The loader resolves their references and hands them over as {@link Secret}s. */
  readonly secrets: readonly string[];
  /** Short forms in one string, by URL scheme: 'github' for `github:owner/repo@ref`. */
  readonly shorthand?: {
    readonly schemes: readonly string[];
    /** Options for a short form. @throws {@link FsError} EINVAL saying which form is meant. */
    parse(source: string): Record<string, unknown>;
  };
  /** For the conformance kit where it meets this backend on a live remote: cases that cannot hold for such origins, by id, and why. */
  readonly knownLimits?: readonly { readonly id: string; readonly reason: string }[];
  /** Scheme, host and port of every origin these options talk to. */
  origins(options: Options): readonly string[];
  /** A backend. It does no input or output before its first verb is called. */
  create(options: Options, context: BackendContext): MaybePromise<FsBackend>;
}

/** Checks a definition and freezes it. @throws TypeError when a part is missing or of the wrong kind: a mistake of the author's, seen at import. */
export function defineBackend<Options>(
  definition: Omit<BackendDefinition<Options>, 'abi' | 'origins'> &
    Partial<Pick<BackendDefinition<Options>, 'origins'>>,
): BackendDefinition<Options> {
  const { type, schema, secrets, create } = definition;
  if (!/^[a-z][a-z0-9-]*$/.test(type))
    throw new TypeError(`defineBackend: type '${type}' is not lower-case letters, digits and '-'`);
  if (schema?.['~standard']?.version !== 1)
    throw new TypeError(`defineBackend: schema of '${type}' is no Standard Schema`);
  if (!secrets.every((pointer) => pointer.startsWith('/'))) {
    throw new TypeError(`defineBackend: secrets of '${type}' are JSON pointers and begin with '/'`);
  }
  if (typeof create !== 'function') throw new TypeError(`defineBackend: create of '${type}' is not a function`);
  return Object.freeze({ origins: (): readonly string[] => [], ...definition, abi: 1 as const });
}
