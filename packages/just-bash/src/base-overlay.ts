import { isWithin } from '@mountkit/core';

// What just-bash writes when a shell is made, and where scripts expect to write.
const shellDirectories = ['/dev', '/proc', '/bin', '/usr/bin', '/tmp', '/home/user'];

/**
 * Whether `path` stays the base's where something is mounted at '/': the shell's own directories, everything below them, and the directories that lead there. What the
 * base has there hides what the mount has; what is made there is made in the base.
 */
export function isShellPath(path: string): boolean {
  if (path === '/') return false;
  return shellDirectories.some((directory) => isWithin(path, directory) || isWithin(directory, path));
}
