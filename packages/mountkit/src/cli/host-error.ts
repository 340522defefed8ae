import { type ErrorCode, FsError, isErrorCode } from '@mountkit/core';

/**
 * The error of an operation on this machine's own files. Its paths are left out: who runs the command knows what was typed.
 *
 * @param cause a code, or what Node threw.
 */
export function hostError(cause: unknown, op: string, detail: string): FsError {
  const thrown = (cause as { readonly code?: unknown } | undefined)?.code;
  const code: ErrorCode = isErrorCode(cause) ? cause : isErrorCode(thrown) ? thrown : 'EIO';
  return new FsError(code, { op, detail, cause });
}
