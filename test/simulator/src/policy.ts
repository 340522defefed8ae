import type { Range } from '@mountkit/core';
import type { Child } from '@mountkit/layers/planner';
import type { Setting } from './setting.ts';

/** A request a policy makes. Its id is the policy's own. */
export type Request =
  | {
      readonly kind: 'bytes';
      readonly id: number;
      readonly file: string;
      readonly range: Range;
      /** Served only when all of it has come; else as it comes. */
      readonly whole?: boolean;
      /** Somebody waits for it: it goes before others where connections are short. */
      readonly demand: boolean;
    }
  | { readonly kind: 'listing'; readonly id: number; readonly directory: string; readonly demand: boolean };

/** Bytes of a file. */
export interface FileRange {
  readonly file: string;
  readonly range: Range;
}

/** What a policy wants done. */
export interface Actions {
  readonly requests?: readonly Request[];
  /** Requests to break off, which costs their connections. */
  readonly cancels?: readonly number[];
  /** Bytes to forget now. */
  readonly drops?: readonly FileRange[];
  /** Bytes to forget first when memory is short. */
  readonly coldest?: readonly FileRange[];
}

/** What a policy may look at. */
interface View {
  readonly setting: Setting;
  sizeOf(file: string): number;
  /** The parts of the range that are neither kept nor being fetched. */
  missing(file: string, range: Range): Range[];
}

/** A policy at work on one pattern. It is told of every operation before the operation waits. */
export interface PolicyRun {
  list?(directory: string, atMs: number): Actions;
  listed?(directory: string, children: readonly Child[], atMs: number): Actions;
  opened?(file: string, atMs: number): Actions;
  closed?(file: string, atMs: number): Actions;
  read(file: string, range: Range, atMs: number): Actions;
  /** The read of before has all its bytes. */
  served?(atMs: number): Actions;
  progress?(request: number, receivedBytes: number, atMs: number): void;
  done?(request: number, atMs: number): Actions;
  evicted?(file: string, range: Range): void;
  /** Looked at when the pattern is through. @throws where the policy broke its own rules. */
  finish?(): void;
}

/** A way to decide what is fetched when. */
export interface Policy {
  readonly name: string;
  start(view: View): PolicyRun;
}
