export { createFileSystem, type FileSystemOptions } from './create-filesystem.ts';
export { exists } from './exists.ts';
export type { MountableFileSystem } from './filesystem.ts';
export type { FollowOptions } from './follow.ts';
export { type FollowEvent, followFile, type FollowFileOptions } from './follow-file.ts';
export { createNamespace, type NamespaceOptions } from './namespace.ts';
export { readText } from './read-text.ts';
export type { NamespaceErrorHook } from './scope.ts';
export { walk, type WalkEntry, type WalkOptions } from './walk.ts';
