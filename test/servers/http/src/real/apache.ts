import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServerProgram } from './kinds.ts';

const MODULES = '/usr/lib/apache2/modules';

const LISTING_OPTIONS = {
  plain: 'IndexOptions Charset=UTF-8',
  fancy: 'IndexOptions FancyIndexing VersionSort NameWidth=* DescriptionWidth=* Charset=UTF-8',
  table: 'IndexOptions FancyIndexing VersionSort HTMLTable NameWidth=* DescriptionWidth=* Charset=UTF-8',
} as const;

/**
 * Apache with mod_autoindex, https://httpd.apache.org/docs/2.4/mod/mod_autoindex.html, or with mod_dav.
 *
 * @param form - Listing form, or WebDAV.
 */
export function apache(form: 'plain' | 'fancy' | 'table' | 'webdav'): RealServerProgram {
  const names = ['mpm_event', 'authz_core', 'dir', 'mime', 'autoindex', 'deflate', 'filter'];
  if (form === 'webdav') names.push('dav', 'dav_fs');
  return {
    program: 'apache2',
    versionArgs: ['-v'],
    versionPattern: /Apache\/([\d.]+)/,
    needs: names.map((name) => `${MODULES}/mod_${name}.so`),
    async configure(settings) {
      const { gzip, home, port, root, writable } = settings;
      const runtime = join(home, 'run');
      await mkdir(runtime);
      await writeFile(
        join(home, 'mime.types'),
        'text/html html\ntext/plain txt md\ntext/css css\napplication/json json\napplication/gzip gz\n',
      );
      const path = join(home, 'apache.conf');
      // There is no User line on purpose: the children must keep reading a private temp directory.
      await writeFile(
        path,
        `ServerRoot "${home}"
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile "${join(home, 'apache.pid')}"
DefaultRuntimeDir "${runtime}"
ErrorLog "${join(home, 'error.log')}"
LogLevel error
${names.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
TypesConfig "${join(home, 'mime.types')}"
DocumentRoot "${root}"
DirectoryIndex ${form === 'webdav' ? 'disabled' : 'index.html'}
KeepAlive On
KeepAliveTimeout 30
AllowEncodedSlashes NoDecode
${gzip ? 'AddOutputFilterByType DEFLATE text/plain text/html text/css application/json' : ''}
${form === 'webdav' ? `DavLockDB "${join(runtime, 'dav-lock')}"` : LISTING_OPTIONS[form]}
IndexIgnore .??* *~ *#
<Directory "${root}">
  Options Indexes FollowSymLinks
  AllowOverride None
  Require all granted
  ${form === 'webdav' ? 'Dav On' : ''}
</Directory>
${form === 'webdav' && !writable ? WEBDAV_READ_ONLY : ''}
`,
      );
      return { args: ['-DFOREGROUND', '-f', path] };
    },
  };
}

const WEBDAV_READ_ONLY = `<Location "/">
  <LimitExcept GET HEAD OPTIONS PROPFIND>
    Require all denied
  </LimitExcept>
</Location>`;
