import {
  type CallOptions,
  type Capabilities,
  type FsBackend,
  type FsError,
  type Revision,
  toFsError,
} from '@mountkit/core';

/** What one mount would do and with whom it would talk. There is no credential in it. */
export interface PlannedMount {
  readonly path: string;
  readonly type: string;
  /** The backend's id, which is also the namespace of what is cached for it. */
  readonly backend: string;
  readonly cacheNamespace: string;
  /** What the remote's name stands for now; left out where it has no revisions or could not be asked. */
  readonly revision?: Revision;
  /** Why the remote could not be asked. */
  readonly error?: FsError;
  readonly capabilities: Capabilities;
  /** Scheme, host and port of everything it talks to. */
  readonly origins: readonly string[];
  readonly access: { readonly readOnly: boolean; readonly root: string };
  readonly writes: 'off';
  /** Milliseconds between two looks at the newest revision; left out where the mount does not follow. */
  readonly followMs?: number;
}

/** A dry run of a config. */
export interface Plan {
  readonly mounts: readonly PlannedMount[];
}

/** What is known of a mount before anybody was asked, and whom to ask. */
export interface PlanSource {
  readonly known: Omit<PlannedMount, 'backend' | 'cacheNamespace' | 'revision' | 'error' | 'capabilities'>;
  readonly backend: FsBackend;
}

/** Asks each remote for its revision, where it has any, and nothing else. */
export async function planMounts(sources: readonly PlanSource[], { signal }: CallOptions): Promise<Plan> {
  const context = signal === undefined ? {} : { signal };
  const mounts = await Promise.all(
    sources.map(async ({ known, backend }): Promise<PlannedMount> => {
      const planned = {
        ...known,
        backend: backend.id,
        cacheNamespace: backend.id,
        capabilities: backend.capabilities,
      };
      if (!backend.capabilities.revisions || backend.resolve === undefined) return planned;
      try {
        return { ...planned, revision: await backend.resolve(context) };
      } catch (error) {
        return { ...planned, error: toFsError(error, { op: 'plan', path: known.path }) };
      }
    }),
  );
  return { mounts };
}
