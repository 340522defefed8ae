import type { RepositoryOptions, ServedRepository } from './options.ts';
import { openObjects } from './objects.ts';
import type { ObjectStore } from './objects.ts';

/** A registered repository as the routes see it. */
export interface Repository {
  readonly id: number;
  fullName: string;
  options: RepositoryOptions;
  readonly objects: ObjectStore;
}

/** The repositories a server knows, by name and by id. */
export interface Registry {
  add(fullName: string, options: RepositoryOptions): ServedRepository;
  byName(fullName: string): Repository | undefined;
  /** The repository that once had this name. */
  byFormerName(fullName: string): Repository | undefined;
  byId(id: number): Repository | undefined;
  handle(fullName: string): ServedRepository | undefined;
  /** Every token a repository names. */
  tokens(): ReadonlySet<string>;
  close(): Promise<void>;
}

/** Starts without repositories. GitHub compares names without regard to case, so this does. */
export function createRegistry(): Registry {
  const repositories = new Map<number, Repository>();
  const handles = new Map<number, ServedRepository>();
  const formerNames = new Map<string, number>();
  let nextId = 1001;

  const byName = (fullName: string): Repository | undefined => {
    const wanted = fullName.toLowerCase();
    for (const repository of repositories.values()) {
      if (repository.fullName.toLowerCase() === wanted) return repository;
    }
    return undefined;
  };

  return {
    add(fullName, options) {
      if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) throw new Error(`not a full name, owner/name: ${fullName}`);
      if (byName(fullName) !== undefined) throw new Error(`${fullName} is served already`);
      const id = nextId;
      nextId += 1;
      const repository: Repository = { id, fullName, options, objects: openObjects(options.gitDir) };
      repositories.set(id, repository);
      for (const former of options.renamedFrom ?? []) formerNames.set(former.toLowerCase(), id);
      const handle: ServedRepository = {
        id,
        get fullName() {
          return repository.fullName;
        },
        gitDir: options.gitDir,
        rename(next) {
          formerNames.set(repository.fullName.toLowerCase(), id);
          formerNames.delete(next.toLowerCase());
          repository.fullName = next;
        },
        update(more) {
          repository.options = { ...repository.options, ...more };
        },
        async remove() {
          repositories.delete(id);
          handles.delete(id);
          await repository.objects.close();
        },
      };
      handles.set(id, handle);
      return handle;
    },
    byName,
    byFormerName(fullName) {
      const id = formerNames.get(fullName.toLowerCase());
      return id === undefined ? undefined : repositories.get(id);
    },
    byId: (id) => repositories.get(id),
    handle(fullName) {
      const found = byName(fullName);
      return found === undefined ? undefined : handles.get(found.id);
    },
    tokens() {
      const all = new Set<string>();
      for (const { options } of repositories.values()) {
        for (const token of options.tokens ?? []) all.add(token);
        for (const token of options.sso?.authorized ?? []) all.add(token);
      }
      return all;
    },
    async close() {
      await Promise.all([...repositories.values()].map(async ({ objects }) => objects.close()));
    },
  };
}
