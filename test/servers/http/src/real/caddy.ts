import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServerProgram } from './kinds.ts';

/**
 * Caddy's `file_server browse`, https://caddyserver.com/docs/caddyfile/directives/file_server: HTML, or JSON for
 * `Accept: application/json`. It keeps its state in `$HOME`.
 */
export function caddy(): RealServerProgram {
  return {
    program: 'caddy',
    versionArgs: ['version'],
    versionPattern: /v?(\d+\.[\d.]+)/,
    needs: [],
    async configure({ gzip, home, port, root }) {
      const path = join(home, 'Caddyfile');
      await writeFile(
        path,
        `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  root * "${root}"
  ${gzip ? 'encode gzip' : ''}
  file_server browse
}
`,
      );
      return { args: ['run', '--config', path, '--adapter', 'caddyfile'] };
    },
  };
}
