import type { Line } from './dialect.ts';
import type { ListingText } from './text.ts';
import { readXml } from './xml.ts';

/** nginx `autoindex_format xml`: `list` with `file` and `directory` elements that hold plain names, exact sizes and times to the second. */
export function nginxXml(source: ListingText, mostEntries: number): readonly Line[] | undefined {
  const lines: Line[] = [];
  let current:
    | { readonly directory: boolean; readonly attributes: Readonly<Record<string, string>>; name: string }
    | undefined;
  let root: string | undefined;
  const isComplete = readXml(source.text, {
    open(name, attributes): void {
      root ??= name;
      if (name === 'file' || name === 'directory') current = { directory: name === 'directory', attributes, name: '' };
    },
    text(data): void {
      if (current !== undefined) current.name += data;
    },
    close(name): boolean {
      if (current === undefined || (name !== 'file' && name !== 'directory')) return true;
      const { attributes, directory } = current;
      const mtimeMs = Date.parse(attributes['mtime'] ?? '');
      const size = attributes['size'] ?? '';
      lines.push({
        name: source.bytesOf(current.name),
        directory,
        ...(/^\d{1,15}$/.test(size) && { size: Number(size) }),
        ...(!Number.isNaN(mtimeMs) && { mtimeMs }),
      });
      current = undefined;
      return lines.length <= mostEntries;
    },
  });
  return (isComplete || lines.length > mostEntries) && root === 'list' ? lines : undefined;
}
