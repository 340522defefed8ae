import { canceled, FsError, onAbort } from '@mountkit/core';
import { childrenOf, type FixtureTree } from '../fixture-tree.ts';
import { shownTree } from '../shown-tree.ts';
import type { Fixture, Restore } from '../subject.ts';

/** The credential the sample origin asks for. */
export const sampleSecret = 'tok_9f3a7c21e5b84d06';

/** What one path of the origin holds. */
export type OriginNode =
  | { readonly type: 'file'; readonly bytes: Uint8Array; readonly serial: number; readonly mode: number | undefined }
  | { readonly type: 'symlink'; readonly target: string }
  | { readonly type: 'directory' };

/** An origin in memory that can be cut off, held and changed, as a remote one can. */
export interface SampleOrigin {
  readonly fixture: Fixture;
  /**
   * One request: what is at a path now, undefined where nothing is.
   * @throws {@link FsError} EIO while it is cut off, EACCES while it refuses the path, ECANCELED.
   */
  request(op: string, path: string, signal: AbortSignal | undefined): Promise<OriginNode | undefined>;
  /** The names right below a directory. */
  children(path: string): readonly string[];
  /** Every path below a directory. */
  below(path: string): readonly string[];
  node(path: string): OriginNode | undefined;
}

/** An origin that holds a tree, and tells of it by the paths at which a backend shows it. */
export function createSampleOrigin(tree: FixtureTree): SampleOrigin {
  const nodes = new Map<string, OriginNode>();
  const denied = new Set<string>();
  let serial = 0;
  let requests = 0;
  let isDown = false;
  let gate: Promise<void> = Promise.resolve();
  const shown = shownTree(tree);
  for (const [path, node] of shown.nodes) {
    serial += 1;
    nodes.set(path, node.type === 'file' ? { type: 'file', bytes: node.bytes, serial, mode: node.mode } : node);
  }

  async function passGate(op: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined) return gate;
    await new Promise<void>((resolve, reject) => {
      const stop = onAbort(signal, () => reject(canceled(op, path, signal.reason)));
      void gate.then(() => {
        stop();
        resolve();
      });
    });
  }

  return {
    async request(op, path, signal) {
      requests += 1;
      await passGate(op, path, signal);
      if (isDown) {
        throw new FsError('EIO', {
          op,
          path,
          reason: 'unavailable',
          retry: 'safe',
          cause: new Error(`GET https://origin.example/?token=${sampleSecret} failed`),
        });
      }
      if (denied.has(path)) throw new FsError('EACCES', { op, path, reason: 'auth' });
      return nodes.get(path);
    },
    children: (path) => [...childrenOf(shown, path).keys()],
    below: (path) => {
      const prefix = path === '/' ? '/' : `${path}/`;
      return [...nodes.keys()].filter((each) => each !== '/' && each.startsWith(prefix));
    },
    node: (path) => nodes.get(path),
    fixture: {
      tree,
      secrets: [sampleSecret],
      requests: () => requests,
      mutate(path, bytes): void {
        serial += 1;
        nodes.set(path, { type: 'file', bytes, serial, mode: undefined });
      },
      outage(): Restore {
        isDown = true;
        return () => void (isDown = false);
      },
      deny(path): Restore {
        denied.add(path);
        return () => void denied.delete(path);
      },
      hold(): Restore {
        let open = (): void => undefined;
        gate = new Promise((resolve) => (open = resolve));
        return () => open();
      },
    },
  };
}
