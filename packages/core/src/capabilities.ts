import type { VersionStrength } from './version.ts';

/**
 * What a backend can do: plain frozen data. What is declared has to work; what is not is refused with ENOTSUP. An argument that belongs to an undeclared ability
 * (`suffix`, `ifNot`, `recursive`) is never passed.
 */
export interface Capabilities {
  /** `read` takes a range of a file; without it a file is always read whole. */
  readonly ranges: boolean;
  /** `read` takes `suffix`, the last bytes of a file whose size is not known. */
  readonly suffix: boolean;
  /** `stat` and `read` take `ifNot` and may answer "not modified". */
  readonly conditional: boolean;
  /** `list` takes `recursive`: everything below a directory. */
  readonly recursiveList: boolean;
  /** There may be symlinks: a name below one is ENOENT or ENOTDIR here, and the caller resolves it. */
  readonly symlinks: boolean;
  /** The strongest versions the entries carry; 'none' where there is no validator at all. */
  readonly versions: VersionStrength | 'none';
  /** What one path holds never changes: nothing has to be asked twice. */
  readonly immutable: boolean;
  /** `resolve` and `at` are there: the remote has revisions that can be pinned. */
  readonly revisions: boolean;
  /** The content is the same for everybody, whatever credentials were used. */
  readonly public: boolean;
  /** `readMany` is there. */
  readonly readMany: boolean;
  /** `open` is there: a file has a session of its own. */
  readonly open: boolean;
  /** `watch` is there. */
  readonly watch: boolean;
  /** The mutating verbs that are there. */
  readonly writes: readonly WriteVerb[];
}

/** The verbs that change the origin. */
export type WriteVerb = 'write' | 'remove' | 'rename' | 'copy' | 'mkdir' | 'symlink' | 'setAttributes' | 'commit';

/** Full capabilities from the ones that differ from the least an author can offer: whole files and listings, nothing else. Frozen. */
export function declareCapabilities(declared: Partial<Capabilities>): Capabilities {
  return Object.freeze({
    ranges: false,
    suffix: false,
    conditional: false,
    recursiveList: false,
    symlinks: false,
    versions: 'none' as const,
    immutable: false,
    revisions: false,
    public: false,
    readMany: false,
    open: false,
    watch: false,
    ...declared,
    writes: Object.freeze([...(declared.writes ?? [])]),
  });
}
