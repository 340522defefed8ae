import { emptyRepository } from './problem.ts';
import type { ObjectInfo, ObjectStore } from './objects.ts';
import type { Repository } from './registry.ts';

/** Whether git would take this as a branch or tag name (git-check-ref-format, the part that keeps expressions out). */
export function isRefName(name: string): boolean {
  return name !== '' && !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|^-|^\/|\/$|\/\/|\.$|\.lock$/.test(name);
}

/**
 * What a `ref` of the API names: a branch before a tag, a full ref name with or without `refs/`, an object id or the start of one, `HEAD`.
 * Annotated tags are not peeled.
 */
export async function resolveRef(objects: ObjectStore, ref: string): Promise<ObjectInfo | undefined> {
  if (ref === 'HEAD') return objects.info('HEAD');
  if (/^[0-9a-f]{40}$/i.test(ref)) return objects.info(ref.toLowerCase());
  if (!isRefName(ref)) return undefined;
  for (const name of [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`, ref]) {
    if (!name.startsWith('refs/')) continue;
    const found = await objects.info(name);
    if (found !== undefined) return found;
  }
  return /^[0-9a-f]{7,39}$/i.test(ref) ? objects.info(ref.toLowerCase()) : undefined;
}

/** The commit a `ref` leads to, annotated tags peeled. */
export async function resolveCommit(objects: ObjectStore, ref: string): Promise<string | undefined> {
  const found = await resolveRef(objects, ref);
  if (found === undefined) return undefined;
  if (found.type === 'commit') return found.oid;
  const peeled = await objects.info(`${found.oid}^{commit}`);
  return peeled?.oid;
}

/** The tree of a commit or of any object that peels to one. */
export async function treeOf(objects: ObjectStore, oid: string): Promise<string | undefined> {
  const tree = await objects.info(`${oid}^{tree}`);
  return tree?.oid;
}

/**
 * Refuses a repository without a commit, as GitHub's git routes do.
 *
 * @throws {ApiProblem} 409
 */
export async function refuseEmpty(repository: Repository): Promise<void> {
  if ((await repository.objects.info('HEAD')) === undefined) throw emptyRepository();
}
