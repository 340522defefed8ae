import { builtinBackends } from '../builtins.ts';

/** What a new backend is called wherever it has a name. */
export interface BackendNames {
  /** Of the package. */
  readonly packageName: string;
  /** In a config. */
  readonly type: string;
  /** In code, as the beginning of a name: 'myStore'. */
  readonly identifier: string;
  /** In code, as the name of a type: 'MyStore'. */
  readonly typeName: string;
  /** The folder it is made in, without the scope. */
  readonly folder: string;
}

const longestPackageName = 214;

/**
 * The names for `create-backend NAME`: 'gitea' and 'mountkit-gitea' are the package mountkit-gitea with the type 'gitea', '@acme/gitea' is taken as it is.
 *
 * @returns what is wrong, as one sentence, where they cannot be made.
 */
export function backendNames(name: string): BackendNames | string {
  const [, scope = '', base = ''] = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?(.*)$/s.exec(name) ?? [];
  const type = base.replace(/^mountkit-/, '');
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(type)) {
    return "It is a name of a package, as in 'gitea', 'mountkit-gitea' or '@acme/gitea': lower-case letters, digits and single '-', beginning with a letter.";
  }
  const isBuiltin = Object.entries(builtinBackends).some(
    ([each, source]) => each === type || (typeof source === 'object' && source.schemes.includes(type)),
  );
  if (isBuiltin) return `'${type}' comes with mountkit, and a plugin replaces nothing.`;
  const folder = scope === '' ? `mountkit-${type}` : base;
  const packageName = scope + folder;
  if (packageName.length > longestPackageName) return `A name of a package has at most ${longestPackageName} letters.`;
  const typeName = type
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  return { packageName, type, identifier: typeName.slice(0, 1).toLowerCase() + typeName.slice(1), typeName, folder };
}
