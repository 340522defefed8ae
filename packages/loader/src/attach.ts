import {
  type BackendContext,
  type BackendDefinition,
  type Clock,
  createSecret,
  errorAt,
  type FsBackend,
  FsError,
  type RequestEvent,
  systemClock,
  toFsError,
} from '@mountkit/core';
import { compose, type ComposeOptions, createGates, createTrafficMeter, type Gates } from '@mountkit/layers';
import { createFileSystem, type MountableFileSystem } from '@mountkit/vfs';
import { backendFault } from './definition-fault.ts';
import { type CommonMountOptions, followIntervalMs } from './mount-options.ts';
import { configError, isConfigError, pointerTo } from './problem.ts';

/** What the mounts of one load share. */
export interface MountSettings {
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** A number in [0, 1), for the waits between attempts. @default Math.random */
  readonly random?: () => number;
  /** Rates by origin and credential. @default shared by the mounts of one load */
  readonly gates?: Gates;
  /** Called after every request to an origin. It must not throw. */
  readonly onRequest?: (event: RequestEvent, mount: { readonly path: string; readonly backend: string }) => void;
  /** How failed calls are made again, and how many calls a mount makes at once. */
  readonly layers?: Pick<ComposeOptions, 'retry' | 'concurrency'>;
}

/** {@link MountSettings} with everything filled in, made once for all mounts of a load. */
export interface SharedSettings extends MountSettings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly gates: Gates;
}

/** Fills in the defaults of {@link MountSettings}. */
export function sharedSettings(settings: MountSettings): SharedSettings {
  const { clock = systemClock, random = Math.random } = settings;
  return { ...settings, clock, random, gates: settings.gates ?? createGates({ clock }) };
}

/** A backend that was made, under its layers, as a filesystem. */
export interface Attached {
  readonly fs: MountableFileSystem;
  /** The backend under its layers. Closing it closes everything; the filesystem does so too. */
  readonly backend: FsBackend;
}

/** What is attached. */
export interface Attachment {
  readonly path: string;
  readonly pointer: string;
  readonly definition: BackendDefinition;
  readonly options: unknown;
  readonly common: CommonMountOptions;
}

/**
 * Makes the backend of a mount, the layers over it and the filesystem over these. No input or output is done.
 *
 * @throws {@link FsError} what the backend threw, at the mount's path; EINVAL for a `follow` on a remote without revisions. Nothing is left open then.
 */
export async function attach(mount: Attachment, settings: SharedSettings): Promise<Attached> {
  const { path, pointer, definition, options, common } = mount;
  const { clock, random, gates, layers } = settings;
  const { connectMs = 10_000, firstByteMs = 30_000, idleMs = 15_000 } = common.timeouts ?? {};
  const timeouts = { connectMs, firstByteMs, idleMs };
  const closing = new AbortController();
  const traffic = createTrafficMeter();
  let id = definition.type;

  const context: BackendContext = {
    gate: gates,
    onRequest: (event) => {
      traffic.onRequest(event);
      settings.onRequest?.(event, { path, backend: id });
    },
    clock,
    random,
    secret: createSecret,
    timeouts,
    signal: closing.signal,
  };

  let made: FsBackend | undefined;
  try {
    const created: unknown = await definition.create(options, context);
    const fault = backendFault(created);
    if (fault !== undefined) throw new FsError('EINVAL', { op: 'load', path, detail: `what '${id}' makes ${fault}` });
    made = created as FsBackend;
    ({ id } = made);
    const follow = followOf(common, made, pointer);
    const { backend, controls } = compose(made, {
      ...layers,
      clock,
      random,
      timeouts,
      traffic,
      cache: withoutUndefined(common.cache ?? {}),
    });
    const lower: FsBackend = {
      ...backend,
      close: () => {
        closing.abort();
        return backend.close?.();
      },
    };
    const fs = createFileSystem({
      lower,
      controls,
      type: definition.type,
      clock,
      ...(follow !== undefined && { follow }),
    });
    return { fs, backend: lower };
  } catch (error) {
    closing.abort();
    await made?.close?.();
    throw isConfigError(error) ? error : errorAt(toFsError(error, { op: 'load', path }), path);
  }
}

function followOf(
  { follow }: CommonMountOptions,
  { capabilities, id }: FsBackend,
  pointer: string,
): { readonly intervalMs: number } | undefined {
  if (follow === undefined || follow === false) return undefined;
  if (!capabilities.revisions) {
    throw configError([{ pointer: pointerTo(pointer, 'follow'), message: `'${id}' has no revisions to follow` }]);
  }
  return { intervalMs: (follow === true ? undefined : follow.intervalMs) ?? followIntervalMs };
}

/** Leaves out keys whose value is undefined: a default stands for them. */
function withoutUndefined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
