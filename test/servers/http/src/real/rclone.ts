import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServerProgram } from './kinds.ts';

/**
 * `rclone serve http` and `rclone serve webdav` over the local disk, https://rclone.org/commands/rclone_serve/.
 * It would remember directories for five minutes; it is told to do so for a second.
 *
 * @param protocol - What it serves.
 */
export function rclone(protocol: 'http' | 'webdav'): RealServerProgram {
  return {
    program: 'rclone',
    versionArgs: ['version'],
    versionPattern: /rclone v?([\w.-]+)/,
    needs: [],
    async configure({ home, port, root, writable }) {
      const path = join(home, 'rclone.conf');
      await writeFile(path, '');
      const access = writable ? [] : ['--read-only'];
      const args = ['serve', protocol, root, '--addr', `127.0.0.1:${port}`, '--config', path, '--cache-dir', home];
      return { args: [...args, '--dir-cache-time', '1s', ...access] };
    },
  };
}
