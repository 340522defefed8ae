import { type BackendContext, type Clock, type FsBackend, joinPath, type Namespace, systemClock } from '@mountkit/core';
import { compose } from '@mountkit/layers';
import { createFileSystem, createNamespace } from '@mountkit/vfs';
import { createKitContext } from './context.ts';
import { mountedBackend } from './mounted-backend.ts';
import type { Face, Subject } from './subject.ts';

/** Where the third face mounts. */
const mountPoint = '/a/b/c';

/** A backend under test as one face shows it. */
export interface View {
  readonly backend: FsBackend;
  /** What the author's `create` gave. */
  readonly own: FsBackend;
  /** On the mounted face, what it is mounted in. */
  readonly namespace: Namespace | undefined;
  readonly context: BackendContext;
  /** A path of the tree as an error has it. */
  at(path: string): string;
  /** Fires the signal of the context, then closes. */
  close(): Promise<void>;
}

/** How a view is opened. */
export interface ViewOptions {
  readonly create: Subject['create'];
  readonly seed: number;
  /** How long the origin may be silent, to the backend and to the layers, in milliseconds. */
  readonly timeoutMs: { readonly own: number; readonly layers: number };
  /** @default the clock of the machine */
  readonly clock?: Clock;
  readonly onRequest: (event: Parameters<BackendContext['onRequest']>[0]) => void;
  /** Believe attributes as a mount does by default; else the origin is asked each time. */
  readonly warm?: boolean;
}

/** Makes a backend and puts a face over it. */
export async function openView(face: Face, options: ViewOptions): Promise<View> {
  const { create, timeoutMs, clock = systemClock } = options;
  const kit = createKitContext({ ...options, clock, timeoutMs: timeoutMs.own });
  const own = await create(kit.context);
  const unmounted = (backend: FsBackend): View => ({
    backend,
    own,
    namespace: undefined,
    context: kit.context,
    at: (path) => path,
    close: async () => {
      kit.close();
      await backend.close?.();
    },
  });
  if (face === 'raw') return unmounted(own);
  const { backend, controls } = compose(own, {
    clock,
    random: kit.context.random,
    timeouts: { firstByteMs: timeoutMs.layers, idleMs: timeoutMs.layers },
    retry: { attempts: 2, baseMs: 1 },
    ...(options.warm !== true && { cache: { metadataTtlMs: 0 } }),
  });
  if (face === 'layers') return unmounted(backend);
  const namespace = createNamespace();
  namespace.mount(mountPoint, createFileSystem({ lower: backend, controls, clock }));
  return {
    backend: mountedBackend(namespace, mountPoint, backend),
    own,
    namespace,
    context: kit.context,
    at: (path) => (path === '/' ? mountPoint : joinPath(mountPoint, path.slice(1))),
    close: async () => {
      kit.close();
      await namespace.close();
    },
  };
}
