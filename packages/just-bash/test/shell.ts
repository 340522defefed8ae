import type { FsBackend, Namespace } from '@mountkit/core';
import { createMemoryBackend, type MemoryItem } from '@mountkit/memory';
import { createNamespace } from '@mountkit/vfs';
import { mountkitBash, type MountkitBash, type MountkitBashOptions } from '../src/index.ts';

/** What to mount: files by path, or a backend. */
export type Mounts = Readonly<Record<string, Readonly<Record<string, MemoryItem>> | FsBackend>>;

/** A namespace of the given mounts. */
export function namespaceOf(mounts: Mounts): Namespace {
  const namespace = createNamespace();
  for (const [path, source] of Object.entries(mounts)) namespace.mount(path, backendOf(source));
  return namespace;
}

/** A shell over the given mounts, with `run` for the three things most tests look at. */
export function shellOver(
  mounts: Mounts,
  options: Omit<MountkitBashOptions, 'namespace'> = {},
): MountkitBash & {
  readonly namespace: Namespace;
  run(script: string): Promise<{ stdout: string; stderr: string; exitCode: number }>;
  out(script: string): Promise<string>;
} {
  const namespace = namespaceOf(mounts);
  const shell = mountkitBash({ namespace, ...options });
  const run = async (script: string): Promise<{ stdout: string; stderr: string; exitCode: number }> => {
    const { stdout, stderr, exitCode } = await shell.exec(script);
    return { stdout, stderr, exitCode };
  };
  return { ...shell, namespace, run, out: async (script) => (await run(script)).stdout };
}

function backendOf(source: Mounts[string]): FsBackend {
  return isBackend(source) ? source : createMemoryBackend(source);
}

function isBackend(source: Mounts[string]): source is FsBackend {
  return 'capabilities' in source && 'abi' in source;
}
