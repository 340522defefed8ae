import type { Line } from './dialect.ts';
import { readXml } from './xml.ts';

/** Asks for what a listing needs, RFC 4918 section 9.1. */
export const propfindBody: string =
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>' +
  '<resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>';

interface Properties {
  length?: string;
  modified?: string;
  etag?: string;
  collection?: boolean;
}

/**
 * A WebDAV multistatus (RFC 4918 section 13): the directory itself and its children, exact sizes, times to the second and ETags.
 *
 * @param mostEntries reading stops behind the second one above it.
 * @returns undefined for text that is no multistatus, or that breaks off.
 */
export function webdav(text: string, mostEntries: number): readonly Line[] | undefined {
  const lines: Line[] = [];
  const path: string[] = [];
  let root: string | undefined;
  let href = '';
  let status = '';
  let found: Properties = {};
  let accepted: Properties = {};
  const isComplete = readXml(text, {
    open(name): void {
      root ??= name;
      path.push(name);
      if (name === 'response') [href, accepted] = ['', {}];
      if (name === 'propstat') [status, found] = ['', {}];
      if (name === 'collection' && path.at(-2) === 'resourcetype') found.collection = true;
    },
    text(data): void {
      const [name, parent] = [path.at(-1), path.at(-2)];
      if (name === 'href' && parent === 'response') href += data;
      if (name === 'status' && parent === 'propstat') status += data;
      if (parent !== 'prop') return;
      if (name === 'getcontentlength') found.length = (found.length ?? '') + data;
      if (name === 'getlastmodified') found.modified = (found.modified ?? '') + data;
      if (name === 'getetag') found.etag = (found.etag ?? '') + data;
    },
    close(name): boolean {
      path.pop();
      if (name === 'propstat' && /^\s*HTTP\/\S+ 200\b/.test(status)) accepted = { ...accepted, ...found };
      if (name === 'response') lines.push(lineOf(href.trim(), accepted));
      return lines.length <= mostEntries + 1;
    },
  });
  return (isComplete || lines.length > mostEntries + 1) && root === 'multistatus' ? lines : undefined;
}

function lineOf(href: string, { collection, etag, length = '', modified }: Properties): Line {
  const directory = collection === true;
  const mtimeMs = Date.parse(modified ?? '');
  return {
    href,
    directory,
    ...(!directory && /^\d{1,15}$/.test(length.trim()) && { size: Number(length) }),
    ...(!Number.isNaN(mtimeMs) && { mtimeMs }),
    ...(modified !== undefined && { modified: modified.trim() }),
    ...(!directory && etag !== undefined && { etag: etag.trim() }),
  };
}
