import type { OriginKind, Target } from '../origin/target.ts';

/** Files as a program reads them. Paths are relative to the root of the fixtures. */
export interface Files {
  readFile(path: string): Promise<Uint8Array>;
  /** Paths of all files below `notes`; undefined where the API cannot list this origin. */
  readonly walk?: (() => Promise<readonly string[]>) | undefined;
  /** Many files at once, where the API has a form for it. */
  readonly readAll?: (paths: readonly string[]) => Promise<readonly Uint8Array[]>;
  /** Where the API can read a part. */
  readonly open?: (path: string) => Promise<Parts>;
}

/** An open file whose parts can be read. */
export interface Parts {
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What is measured: a program's API, a shell with the fixtures at /w, or both. */
interface Subject {
  readonly files?: Files;
  /** Runs a command and gives its standard output. */
  readonly shell?: (command: string) => Promise<string>;
  close(): Promise<void>;
}

/** Something that reads a remote tree. */
export interface Contestant {
  readonly id: string;
  readonly title: string;
  readonly side: 'limit' | 'ours' | 'peer';
  /** How the fixtures are reached from. */
  readonly host: 'program' | 'shell';
  /** Which kind of origin stands for the one a workload is about, or why there is none. */
  origin(wanted: 'github' | 'http'): OriginKind | { readonly reason: string };
  /** Imports what is needed and asks nothing of an origin. Rejects when a package is missing. */
  prepare(): Promise<(target: Target, origin: OriginKind) => Promise<Subject>>;
}
