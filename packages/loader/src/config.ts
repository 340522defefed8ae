import type { CacheConfig, CommonMountOptions } from './mount-options.ts';

/** A credential: where it is to be found. A text stands for itself and earns a warning in a config. */
export type SecretReference =
  | { readonly env: string }
  | { readonly file: string }
  | (() => string | PromiseLike<string>)
  | string;

/** One mount: its type or its source in short form, the options of every mount and those of its backend. */
export interface MountObject extends CommonMountOptions {
  /** Which backend, e.g. 'github'. */
  readonly type?: string;
  /** Instead of `type`: the short form of a source, e.g. 'github:owner/repo@ref'. Options beside it say what it does not. */
  readonly source?: string;
  /** Options of the backend. */
  readonly [option: string]: unknown;
}

/** A mount, or the short form of its source. */
export type MountConfig = string | MountObject;

/** What is mounted where. It is plain data but for functions that give secrets. */
export interface ConfigObject {
  /** Names of installed packages that bring further types, where whoever loads the config allows it. */
  readonly plugins?: readonly string[];
  /** Mounts by their mount point, an absolute path in normal form. */
  readonly mounts: Readonly<Record<string, MountConfig>>;
  /** For every mount that does not say otherwise. */
  readonly cache?: CacheConfig;
}

/** A config, or the short form of one source that is mounted at '/'. */
export type Config = string | ConfigObject;
