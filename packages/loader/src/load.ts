import {
  type CallOptions,
  type FsError,
  type MountAccess,
  type Namespace,
  throwIfAborted,
  type VersionedHandle,
} from '@mountkit/core';
import { createNamespace } from '@mountkit/vfs';
import { attach, type Attached, type MountSettings, sharedSettings } from './attach.ts';
import type { Config } from './config.ts';
import { followIntervalMs } from './mount-options.ts';
import { type Plan, planMounts, type PlanSource } from './plan.ts';
import type { PluginSettings } from './plugins.ts';
import { type PreparedMount, prepareConfig } from './prepare.ts';
import { configError, type Problem } from './problem.ts';
import type { BackendRegistry } from './registry.ts';

/** Something that works but should not stay as it is. */
export interface ConfigWarning {
  /** Where: a JSON pointer into the config. */
  readonly pointer: string;
  readonly message: string;
}

/** What a config is read with. */
export interface ConfigSettings {
  /** The backends a config may name, by type. Only those it names are imported. */
  readonly backends: BackendRegistry;
  /** That the config may name packages with further backends in `plugins`, and where they are looked for. @default it may not: naming one is running its code */
  readonly plugins?: PluginSettings;
  /** Where `{env: NAME}` is looked up. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default process.emitWarning */
  readonly onWarning?: (warning: ConfigWarning) => void;
  /** Ends the load; it does not end what was loaded. */
  readonly signal?: AbortSignal;
}

/** What a load is made with. */
export interface LoadOptions extends MountSettings, ConfigSettings {
  /** Called with every error that says something about the health of a mount, its path as seen in the namespace, and with the mount point. */
  readonly onError?: (error: FsError, mountPath: string) => void;
}

/** The namespace of a config. */
export interface LoadedNamespace extends Namespace, VersionedHandle, AsyncDisposable {
  /** A dry run of the mounts of the config that still stand: what they are, what they would talk to, and which revision their remotes have now. */
  plan(options?: CallOptions): Promise<Plan>;
}

/**
 * Mounts what a config names. Everything about the config is checked first, and all that is wrong with it is told at once. Nothing is asked of any origin, but for
 * mounts with `connect: true`. When one mount cannot be made the others are closed again.
 *
 * @param config an object, or the short form of one source, which is mounted at '/'.
 * @throws {@link ConfigError} with every problem; {@link FsError} what a backend threw at the mount's path, ECANCELED.
 */
export async function load(config: Config, options: LoadOptions): Promise<LoadedNamespace> {
  const { backends, plugins, env = process.env, onError, signal } = options;
  throwIfAborted(signal, 'load');
  const problems: Problem[] = [];
  const secrets = { env, onLiteral: warnOfLiteral(options) };
  const prepared = await prepareConfig(config, { backends, plugins }, secrets, problems);
  if (problems.length > 0) throw configError(problems);

  const settings = sharedSettings(options);
  const attached: { readonly mount: PreparedMount; readonly made: Attached }[] = [];
  try {
    for (const mount of prepared) attached.push({ mount, made: await attach(mount, settings) });
    const namespace = createNamespace({ clock: settings.clock, ...(onError !== undefined && { onError }) });
    for (const { mount, made } of attached) namespace.mount(mount.path, made.fs, accessOf(mount));
    await connect(namespace, prepared, signal);
    return withPlan(namespace, attached);
  } catch (error) {
    await Promise.all(attached.map(({ made }) => made.fs.close()));
    throw error;
  }
}

async function connect(namespace: Namespace, mounts: readonly PreparedMount[], signal?: AbortSignal): Promise<void> {
  const wanted = mounts.filter(({ common }) => common.connect === true);
  await Promise.all(wanted.map(({ path }) => namespace.stat(path, signal === undefined ? {} : { signal })));
  throwIfAborted(signal, 'load');
}

function accessOf({ common }: PreparedMount): MountAccess {
  const { readOnly, root, maxEntries } = common.access ?? {};
  return {
    ...(readOnly !== undefined && { readOnly }),
    ...(root !== undefined && { root }),
    ...(maxEntries !== undefined && { maxEntries }),
  };
}

function withPlan(
  namespace: ReturnType<typeof createNamespace>,
  attached: readonly { readonly mount: PreparedMount; readonly made: Attached }[],
): LoadedNamespace {
  const plan = ({ signal }: CallOptions = {}): Promise<Plan> => {
    const standing = namespace.mounts();
    const sources = attached
      .map(({ mount, made }) => planSource(mount, made))
      .filter(({ known, backend }) =>
        standing.some(({ path, backend: id }) => path === known.path && id === backend.id),
      );
    return planMounts(sources, signal === undefined ? {} : { signal });
  };
  return Object.freeze({ ...namespace, plan });
}

function planSource({ path, definition, options, common }: PreparedMount, { backend }: Attached): PlanSource {
  const { follow } = common;
  const followMs =
    follow === true ? followIntervalMs : follow === false ? undefined : (follow?.intervalMs ?? followIntervalMs);
  return {
    backend,
    known: {
      path,
      type: definition.type,
      origins: definition.origins(options),
      access: { readOnly: true, root: common.access?.root ?? '/' },
      writes: 'off',
      ...(follow !== undefined && followMs !== undefined && { followMs }),
    },
  };
}

/** Tells of a credential that stands in the config as it is. */
export function warnOfLiteral({ onWarning = emitWarning }: ConfigSettings): (pointer: string) => void {
  const message = 'this secret stands in the config as it is: refer to it by {env} or {file}';
  return (pointer) => onWarning({ pointer, message });
}

function emitWarning({ pointer, message }: ConfigWarning): void {
  process.emitWarning(`${pointer}: ${message}`, 'MountkitWarning');
}
