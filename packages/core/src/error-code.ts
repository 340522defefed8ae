/** The POSIX error codes mountkit uses, each with the text strerror(3) gives for it in the C locale of Linux. */
export const errorTexts = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EEXIST: 'file exists',
  ENOTEMPTY: 'directory not empty',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  EINVAL: 'invalid argument',
  ENAMETOOLONG: 'file name too long',
  ELOOP: 'too many levels of symbolic links',
  EXDEV: 'invalid cross-device link',
  EBUSY: 'device or resource busy',
  EBADF: 'bad file descriptor',
  ESTALE: 'stale file handle',
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'file too large',
  EIO: 'input/output error',
  ETIMEDOUT: 'connection timed out',
  ECANCELED: 'operation canceled',
  ENOTSUP: 'operation not supported',
  EILSEQ: 'invalid or incomplete multibyte or wide character',
  EDEADLK: 'resource deadlock avoided',
} as const;

/** A POSIX error code. There is no EAGAIN among them: tools spin on it. A throttled origin is EIO with a reason and a time. */
export type ErrorCode = keyof typeof errorTexts;

/** Whether `text` is one of the codes above. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(errorTexts, text);
}
