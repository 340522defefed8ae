import type { RealServerProgram } from './kinds.ts';

/** Python's `http.server`, see https://docs.python.org/3/library/http.server.html: no ranges, no ETag, no sizes in listings. */
export function python(): RealServerProgram {
  return {
    program: 'python3',
    versionArgs: ['--version'],
    versionPattern: /Python ([\d.]+)/,
    needs: [],
    configure: async ({ port, root }) => ({
      args: ['-u', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', root, `${port}`],
    }),
  };
}
