export { abortable, canceled, endedBy, throwIfAborted } from './abort.ts';
export type { BackendContext, RequestEvent, Timeouts } from './backend-context.ts';
export {
  type BackendChange,
  type CallContext,
  type FsBackend,
  isNotModified,
  type ListPage,
  type ListRequest,
  type NotModified,
  type Priority,
  type ReadAnswer,
  type ReadManyAnswer,
  type ReadManyRequest,
  type ReadRequest,
  type StatRequest,
} from './backend.ts';
export { type Capabilities, declareCapabilities, type WriteVerb } from './capabilities.ts';
export { type Clock, systemClock } from './clock.ts';
export { type BackendDefinition, defineBackend } from './define-backend.ts';
export { type Digest, type Entry, type FileType, type Locator, modeOf, type SizeKind } from './entry.ts';
export { type ErrorCode, errorTexts, isErrorCode } from './error-code.ts';
export {
  errorAt,
  errorWith,
  type ErrorReason,
  FsError,
  type FsErrorFields,
  isFsError,
  type RetryAdvice,
  toFsError,
} from './error.ts';
export type {
  AttributeChanges,
  CallOptions,
  CloseResult,
  CommitResult,
  DirectoryEntry,
  DirectoryPage,
  FileChange,
  FileSystem,
  OpenDirectory,
  OpenFile,
  OpenOptions,
  Polled,
  PollOptions,
  PrefetchHint,
  Stat,
  StatFs,
  WatchEvent,
} from './filesystem.ts';
export type { Gate, GateLimits, GatePass, QuotaReport } from './gate.ts';
export {
  exportHandle,
  type HandleOperations,
  type HandleTable,
  handleKey,
  handleVersion,
  importHandle,
  type ImportedFileSystem,
  isHandle,
  type VersionedHandle,
} from './handle.ts';
export { type LazyContent, lazyFile, type LazyFile, type LazyFileSource } from './lazy-file.ts';
export { linkSignals, type LinkedSignal } from './linked-signal.ts';
export type { MountControls, TrafficCounters } from './mount-controls.ts';
export { chain, isThenable, type MaybePromise, recover, run, type Steps, wait } from './maybe-promise.ts';
export { decodeKey, decodeName, type DecodedName, encodeKey, encodeName } from './name-escape.ts';
export type { MountAccess, MountInfo, MountSource, Namespace } from './namespace.ts';
export { onAbort } from './on-abort.ts';
export {
  basename,
  compareNames,
  dirname,
  isLegalName,
  isWithin,
  joinPath,
  maxPathBytes,
  normalizePath,
  rebasePath,
  relativePath,
  segmentsOf,
  utf8Length,
} from './path.ts';
export { printable } from './printable.ts';
export {
  alignRange,
  type Bytes,
  bytesLength,
  coalesceRanges,
  copyBytes,
  intersectRanges,
  joinBytes,
  type Range,
  rangeLength,
  sliceBytes,
  subtractRanges,
} from './range.ts';
export { createSecret, isSecret, type Secret } from './secret.ts';
export { createSingleFlight, type SingleFlight } from './single-flight.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export type { ContentCounters, ErrorRecord, Health, MountHealth, MountStats, Stats } from './status.ts';
export { type Revision, sameVersion, type Version, type VersionStrength } from './version.ts';
