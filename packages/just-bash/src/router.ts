import type { Namespace } from '@mountkit/core';
import { type IFileSystem, InMemoryFs } from 'just-bash';
import { type Operations, shellFileSystem } from './operations.ts';
import { captureOutside, type Outside } from './outside.ts';
import { routedOperations } from './routed-operations.ts';
import { liveView, type View } from './view.ts';

/** Options of {@link createRouter}. */
export interface RouterOptions {
  readonly namespace: Namespace;
  /** Where everything lives that no mount covers. @default a new InMemoryFs of just-bash */
  readonly base?: IFileSystem;
}

/** What a base that a shell is made on offers besides the interface: just-bash fills /dev, /proc and /bin with them, without waiting. */
export type InitMethods = Partial<Pick<InMemoryFs, 'mkdirSync' | 'writeFileSync' | 'writeFileLazy'>>;

/** The filesystem of a shell. */
export type RouterFileSystem = IFileSystem & InitMethods;

/**
 * One filesystem for a just-bash shell: paths inside a mount go to the namespace, everything else to a writable base.
 *
 * Mounts, unmounts and replacements are seen by the very next call. Mount points and the directories that lead to them show in listings of the base. Symlinks resolve at
 * the root of the whole tree, so one in a mount may point into the base, and the other way round. With a mount at '/' the base keeps the shell's own directories (/dev
 * /proc /bin /usr/bin /tmp /home/user), merged with what the mount has there.
 *
 * Operations run in the asynchronous context of this call, so that `defenseInDepth` does not reach into the backends. They reject with {@link FsError}, or with what
 * the base throws; `exists` never rejects. Removing or renaming a mount point, or a directory that holds one, is EBUSY; hard links across mounts are EXDEV; `cp` and
 * `mv` across mounts copy, and `mv` out of a read-only mount is EROFS before anything is copied.
 */
export function createRouter({ namespace, base = new InMemoryFs() }: RouterOptions): RouterFileSystem {
  return routerOver(() => liveView(namespace), base, captureOutside());
}

/** A router that asks for its view of the namespace at the start of each operation, in the context of the caller. */
export function routerOver(currentView: () => View, base: IFileSystem, outside: Outside): RouterFileSystem {
  let latest: { readonly view: View; readonly operations: Operations } | undefined;
  // A script has one view from its start to its end, and thousands of operations.
  const operations = (): Operations => {
    const view = currentView();
    if (latest?.view !== view) latest = { view, operations: routedOperations(view, base) };
    return latest.operations;
  };
  const router = shellFileSystem(operations, outside, () => base.getAllPaths());
  return Object.assign(router, initMethodsOf(base));
}

function initMethodsOf(base: IFileSystem & InitMethods): InitMethods {
  return {
    ...(base.mkdirSync !== undefined && { mkdirSync: base.mkdirSync.bind(base) }),
    ...(base.writeFileSync !== undefined && { writeFileSync: base.writeFileSync.bind(base) }),
    ...(base.writeFileLazy !== undefined && { writeFileLazy: base.writeFileLazy.bind(base) }),
  };
}
