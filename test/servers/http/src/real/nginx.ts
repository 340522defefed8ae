import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServerProgram } from './kinds.ts';

/**
 * nginx with autoindex, see https://nginx.org/en/docs/http/ngx_http_autoindex_module.html.
 *
 * @param format - Value of `autoindex_format`.
 */
export function nginx(format: 'html' | 'json' | 'xml'): RealServerProgram {
  return {
    program: 'nginx',
    versionArgs: ['-v'],
    versionPattern: /nginx\/([\d.]+)/,
    needs: [],
    async configure(settings) {
      const { home, port, root } = settings;
      const temporary = join(home, 'tmp');
      await mkdir(temporary);
      const path = join(home, 'nginx.conf');
      await writeFile(
        path,
        `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${join(home, 'nginx.pid')};
error_log stderr error;
events { worker_connections 512; }
http {
  access_log off;
  types {
    text/html html;
    text/plain txt md;
    text/css css;
    application/json json;
    application/gzip gz;
  }
  default_type application/octet-stream;
  client_body_temp_path ${temporary};
  proxy_temp_path ${temporary};
  fastcgi_temp_path ${temporary};
  uwsgi_temp_path ${temporary};
  scgi_temp_path ${temporary};
  keepalive_timeout 30s;
  gzip ${settings.gzip ? 'on' : 'off'};
  gzip_types text/plain text/css application/json;
  server {
    listen 127.0.0.1:${port};
    root "${root}";
    autoindex on;
    autoindex_format ${format};
    autoindex_exact_size ${settings.listingSizes === 'exact' ? 'on' : 'off'};
  }
}
`,
      );
      return { args: ['-p', home, '-e', 'stderr', '-c', path] };
    },
  };
}
