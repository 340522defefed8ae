/**
 * A path as a script writes it, absolute or relative to `directory`, in canonical form. Nothing is refused here: a path that is none (with a NUL, too long) is refused
 * by the operation that gets it.
 */
export function resolveShellPath(directory: string, path: string): string {
  const segments: string[] = [];
  for (const segment of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}
