import type { Version } from '@mountkit/core';

/** Whether two answers with this version are of the same bytes. */
export function isLasting(version: Version | undefined): version is Version {
  return (
    version !== undefined && (version.strength === 'content' || version.strength === 'strong') && version.racy !== true
  );
}
