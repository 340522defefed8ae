export type { MountError } from './execution.ts';
export { justBashFileSystem, type JustBashFileSystemOptions } from './filesystem.ts';
export {
  mountkitBash,
  type MountkitBash,
  type MountkitBashOptions,
  type MountkitExecOptions,
  type MountkitExecResult,
} from './mountkit-bash.ts';
export { createRouter, type InitMethods, type RouterFileSystem, type RouterOptions } from './router.ts';
export type { StdoutSink } from './stdout-sink.ts';
