import { apache } from './apache.ts';
import { caddy } from './caddy.ts';
import type { RealServerKind, RealServerProgram } from './kinds.ts';
import { lighttpd } from './lighttpd.ts';
import { nginx } from './nginx.ts';
import { python } from './python.ts';
import { rclone } from './rclone.ts';

/** The program behind a kind of server. */
export function programOf(kind: RealServerKind): RealServerProgram {
  switch (kind) {
    case 'nginx-html':
      return nginx('html');
    case 'nginx-json':
      return nginx('json');
    case 'nginx-xml':
      return nginx('xml');
    case 'python':
      return python();
    case 'apache-plain':
      return apache('plain');
    case 'apache-fancy':
      return apache('fancy');
    case 'apache-table':
      return apache('table');
    case 'apache-webdav':
      return apache('webdav');
    case 'lighttpd':
      return lighttpd('listing');
    case 'lighttpd-webdav':
      return lighttpd('webdav');
    case 'caddy':
      return caddy();
    case 'rclone-http':
      return rclone('http');
    case 'rclone-webdav':
      return rclone('webdav');
  }
}
