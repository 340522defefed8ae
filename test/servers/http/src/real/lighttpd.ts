import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServerProgram } from './kinds.ts';

const MODULES = '/usr/lib/lighttpd';

/**
 * lighttpd with mod_dirlisting, https://redmine.lighttpd.net/projects/lighttpd/wiki/Mod_dirlisting, or with mod_webdav.
 *
 * @param form - Listing form, or WebDAV.
 */
export function lighttpd(form: 'listing' | 'webdav'): RealServerProgram {
  const names = form === 'webdav' ? ['mod_webdav'] : ['mod_dirlisting'];
  return {
    program: 'lighttpd',
    versionArgs: ['-v'],
    versionPattern: /lighttpd\/([\d.]+)/,
    needs: names.map((name) => `${MODULES}/${name}.so`),
    async configure(settings) {
      const { gzip, home, port, root, writable } = settings;
      const temporary = join(home, 'tmp');
      await mkdir(temporary);
      const path = join(home, 'lighttpd.conf');
      await writeFile(
        path,
        `server.modules = ( ${[...names, ...(gzip ? ['mod_deflate'] : [])].map((name) => `"${name}"`).join(', ')} )
server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = ${port}
server.pid-file = "${join(home, 'lighttpd.pid')}"
server.upload-dirs = ( "${temporary}" )
index-file.names = ( "index.html" )
mimetype.assign = (
  ".html" => "text/html", ".txt" => "text/plain", ".md" => "text/plain", ".css" => "text/css",
  ".json" => "application/json", ".gz" => "application/gzip", "" => "application/octet-stream"
)
${gzip ? 'deflate.mimetypes = ( "text/", "application/json" )\ndeflate.allowed-encodings = ( "gzip" )' : ''}
${
  form === 'webdav'
    ? `webdav.activate = "enable"\nwebdav.is-readonly = "${writable ? 'disable' : 'enable'}"`
    : 'dir-listing.activate = "enable"\ndir-listing.encoding = "utf-8"\ndir-listing.hide-dotfiles = "disable"'
}
`,
      );
      return { args: ['-D', '-f', path] };
    },
  };
}
