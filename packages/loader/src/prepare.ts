import { type BackendDefinition, normalizePath } from '@mountkit/core';
import type { Config } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import { isPlainObject, withoutUnknownKeys } from './known-keys.ts';
import {
  cacheJsonSchema,
  type CacheConfig,
  cacheSchema,
  commonJsonSchema,
  type CommonMountOptions,
  commonSchema,
} from './mount-options.ts';
import { type PluginSettings, withPlugins } from './plugins.ts';
import { pointerTo, type Problem } from './problem.ts';
import { type BackendRegistry, findSource, findType } from './registry.ts';
import { redacted, type SecretSources, wrapSecrets } from './secrets.ts';
import { validated } from './validate.ts';

/** A mount of a config that was found to be right. */
export interface PreparedMount {
  readonly path: string;
  /** Where it stands in the config. */
  readonly pointer: string;
  readonly definition: BackendDefinition;
  /** As the definition's schema made them; credentials are wrapped. */
  readonly options: unknown;
  readonly common: CommonMountOptions;
}

/** What a config may name: the backends that are known, and where packages with further ones are looked for. */
export interface KnownBackends {
  readonly backends: BackendRegistry;
  readonly plugins: PluginSettings | undefined;
}

/** Every mount of a config, checked. All problems of all mounts are noted; only mounts without any are in the result. */
export async function prepareConfig(
  config: Config,
  { backends, plugins }: KnownBackends,
  secrets: SecretSources,
  problems: Problem[],
): Promise<readonly PreparedMount[]> {
  if (typeof config === 'string') {
    const mount = await prepareMount('/', config, '', backends, secrets, problems);
    return mount === undefined ? [] : [mount];
  }
  const known = {
    type: 'object',
    properties: { $schema: {}, plugins: {}, mounts: {}, cache: cacheJsonSchema() },
    additionalProperties: false,
  };
  const sound = withoutUnknownKeys(config, known, '', problems);
  if (!isPlainObject(sound) || !isPlainObject(sound['mounts'])) {
    const pointer = isPlainObject(sound) ? '/mounts' : '';
    problems.push({ pointer, message: "a config is an object with 'mounts', mounts by their absolute paths" });
    return [];
  }
  const cache = await validated(cacheSchema.optional(), sound['cache'], '/cache', problems);
  const registry = await withPlugins(backends, sound['plugins'], plugins, problems);
  const mounts: PreparedMount[] = [];
  const points = new Map<string, string>();
  for (const [path, mount] of Object.entries(sound['mounts'])) {
    const pointer = pointerTo('', 'mounts', path);
    checkMountPoint(path, pointer, points, problems);
    const prepared = await prepareMount(path, mount, pointer, registry, secrets, problems);
    if (prepared !== undefined) mounts.push(withCache(prepared, cache));
  }
  return mounts;
}

/** The options of one backend, checked as those of a mount are. */
export async function prepareOptions(
  definition: BackendDefinition,
  options: Readonly<Record<string, unknown>>,
  pointer: string,
  secrets: SecretSources,
  problems: Problem[],
): Promise<unknown> {
  const wrapped = await wrapSecrets(definition, options, secrets, pointer, problems);
  const found: Problem[] = [];
  const unknown: Problem[] = [];
  const schema = definition.jsonSchema?.();
  const sound = withoutUnknownKeys(wrapped.options, schema, pointer, unknown, Object.keys(commonProperties()));
  let valid = await validated(definition.schema, wrapped.options, pointer, found);
  // Its JSON Schema may leave out what no editor can write, e.g. an instance: the schema itself has the last word on a key.
  if (found.length > 0 && unknown.length > 0) {
    found.splice(0, found.length, ...unknown);
    valid = await validated(definition.schema, sound, pointer, found);
  }
  for (const { pointer: where, message, suggestion } of found) {
    // One problem a place: what was wrong with a credential has been said.
    if (problems.some((problem) => problem.pointer === where)) continue;
    problems.push({
      pointer: where,
      message: redacted(message, wrapped.texts),
      ...(suggestion !== undefined && { suggestion }),
    });
  }
  return valid;
}

async function prepareMount(
  path: string,
  mount: unknown,
  pointer: string,
  registry: BackendRegistry,
  secrets: SecretSources,
  problems: Problem[],
): Promise<PreparedMount | undefined> {
  const before = problems.length;
  const { type, source, own, common } = await splitMount(mount, pointer, problems);
  const found =
    source === undefined
      ? await typeOf(type, pointer, own, registry, problems)
      : await sourceOf(source, type, pointer, registry, problems);
  if (found === undefined) return undefined;
  const { definition } = found;
  for (const [key, said] of Object.entries(found.options)) {
    if (!Object.hasOwn(own, key) || own[key] === said) continue;
    problems.push({ pointer: pointerTo(pointer, key), message: "it contradicts the 'source', which says it already" });
  }
  const options = await prepareOptions(definition, { ...found.options, ...own }, pointer, secrets, problems);
  if (problems.length > before) return undefined;
  return { path, pointer, definition, options, common };
}

interface SplitMount {
  readonly type: unknown;
  readonly source: { readonly text: unknown; readonly pointer: string } | undefined;
  /** What is left for the backend. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly common: CommonMountOptions;
}

async function splitMount(mount: unknown, pointer: string, problems: Problem[]): Promise<SplitMount> {
  if (!isPlainObject(mount)) return { type: undefined, source: { text: mount, pointer }, own: {}, common: {} };
  const { type, source, ...rest } = mount;
  const properties = commonProperties();
  const isCommon = ([key]: readonly [string, unknown]): boolean => Object.hasOwn(properties, key);
  const entries = Object.entries(rest);
  const mine = Object.fromEntries(entries.filter(isCommon));
  const sound = withoutUnknownKeys(mine, commonJsonSchema(), pointer, problems);
  return {
    type,
    source: source === undefined ? undefined : { text: source, pointer: pointerTo(pointer, 'source') },
    own: Object.fromEntries(entries.filter((entry) => !isCommon(entry))),
    common: (await validated(commonSchema, sound, pointer, problems)) ?? {},
  };
}

async function typeOf(
  type: unknown,
  pointer: string,
  own: Readonly<Record<string, unknown>>,
  registry: BackendRegistry,
  problems: Problem[],
): Promise<
  { readonly definition: BackendDefinition; readonly options: Readonly<Record<string, unknown>> } | undefined
> {
  if (typeof type !== 'string') {
    const meant = Object.keys(own).find((key) => didYouMean(key, ['type', 'source']) !== undefined);
    const suggestion = meant === undefined ? undefined : didYouMean(meant, ['type', 'source']);
    problems.push({
      pointer: meant === undefined ? pointer : pointerTo(pointer, meant),
      message: `a mount has a 'type' (known are ${Object.keys(registry).join(', ')}) or a 'source'`,
      ...(suggestion !== undefined && { suggestion }),
    });
    return undefined;
  }
  const definition = await findType(registry, type, pointerTo(pointer, 'type'), problems);
  return definition === undefined ? undefined : { definition, options: {} };
}

async function sourceOf(
  { text, pointer: at }: { readonly text: unknown; readonly pointer: string },
  type: unknown,
  pointer: string,
  registry: BackendRegistry,
  problems: Problem[],
): Promise<
  { readonly definition: BackendDefinition; readonly options: Readonly<Record<string, unknown>> } | undefined
> {
  if (typeof text !== 'string') {
    problems.push({ pointer: at, message: "a mount is an object with a 'type', or the short form of a source" });
    return undefined;
  }
  const found = await findSource(registry, text, at, problems);
  if (found !== undefined && type !== undefined && type !== found.definition.type) {
    problems.push({ pointer: pointerTo(pointer, 'type'), message: `the source is of type '${found.definition.type}'` });
  }
  return found;
}

function checkMountPoint(path: string, pointer: string, points: Map<string, string>, problems: Problem[]): void {
  let normal: string;
  try {
    normal = normalizePath(path);
  } catch {
    problems.push({
      pointer,
      message: "a mount point is an absolute path: it begins with '/' and has at most 4096 bytes, none of them NUL",
      ...(path !== '' && !path.startsWith('/') && !path.includes('\0') && { suggestion: `/${path}` }),
    });
    return;
  }
  const other = points.get(normal);
  if (other !== undefined) problems.push({ pointer, message: `the same mount point as '${other}'` });
  else if (normal !== path)
    problems.push({ pointer, message: 'this is not the normal form of the path', suggestion: normal });
  points.set(normal, path);
}

function withCache(mount: PreparedMount, cache: CacheConfig | undefined): PreparedMount {
  return { ...mount, common: { ...mount.common, cache: { ...cache, ...mount.common.cache } } };
}

function commonProperties(): Readonly<Record<string, unknown>> {
  const { properties } = commonJsonSchema();
  return isPlainObject(properties) ? properties : {};
}
