/** Takes the bytes of a tar archive as they come. */
export interface TarReader {
  /** @throws {Error} for what is no tar archive. */
  write(chunk: Uint8Array): void;
  /** @throws {Error} where the archive is not at its end. */
  end(): void;
}

const blockBytes = 512;
// Longer than any record that means something to us: a path of 4096 bytes, a size.
const mostAboutBytes = 1024 * 1024;

// Offsets and types of POSIX.1-1988 ustar, and what POSIX.1-2001 (pax) and GNU tar put in front of an entry: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
const at = { size: 124, checksum: 148, type: 156, linkName: 157, magic: 257 } as const;
type EntryType = 'file' | 'symlink' | 'about-next' | 'long-link' | 'about-names' | 'other';

const types: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '2': 'symlink',
  x: 'about-next',
  K: 'long-link',
  g: 'about-names',
  L: 'about-names',
};

interface Header {
  readonly type: EntryType;
  readonly size: number;
  readonly link: string;
}

/** What stands in front of an entry and counts for it. */
interface Override {
  size?: number;
  link?: string;
}

/**
 * Reads a tar archive for the content of its files and the targets of its symlinks; their names are not looked at. Everything happens within `write`: an archive has
 * thousands of small entries, and a stream for each of them costs more than all the rest.
 *
 * @param onContent gets each in a buffer of its own; files of more than `mostFileBytes` are passed over.
 */
export function createTarReader(mostFileBytes: number, onContent: (content: Buffer) => void): TarReader {
  const block = Buffer.alloc(blockBytes);
  let blockFilled = 0;
  let header: Header | undefined;
  // Of the entry that is being read: what has come, what is to come, and what fills its last block.
  let content: Buffer | undefined;
  let filled = 0;
  let padding = 0;
  let ended = false;
  let next: Override = {};

  function begin(): void {
    if (block.every((byte) => byte === 0)) {
      ended = true;
      return;
    }
    if (ended) throw new Error('something comes behind the end of the archive');
    const found = headerOf(block);
    const isAbout = found.type === 'about-next' || found.type === 'long-link' || found.type === 'about-names';
    if (isAbout && found.size > mostAboutBytes) throw new Error('a header of the archive is too long');
    header = isAbout ? found : { ...found, ...next };
    if (!isAbout) next = {};
    // A link has no content, whatever its header says.
    if (header.type === 'symlink') header = { ...header, size: 0 };
    const isWanted = isAbout || (header.type === 'file' && header.size <= mostFileBytes);
    content = isWanted ? Buffer.allocUnsafeSlow(header.size) : undefined;
    filled = 0;
    padding = (blockBytes - (header.size % blockBytes)) % blockBytes;
    if (header.size === 0) finish(header);
  }

  function finish({ type, link }: Header): void {
    header = undefined;
    if (type === 'symlink') onContent(Buffer.from(link, 'latin1'));
    if (content === undefined) return;
    if (type === 'file') onContent(content);
    if (type === 'about-next') next = { ...next, ...overrideOf(content) };
    if (type === 'long-link') next = { ...next, link: text(content) };
  }

  return {
    write(chunk) {
      let position = 0;
      while (position < chunk.length) {
        const left = chunk.length - position;
        if (header !== undefined) {
          const taken = Math.min(left, header.size - filled);
          content?.set(chunk.subarray(position, position + taken), filled);
          filled += taken;
          position += taken;
          if (filled === header.size) finish(header);
        } else if (padding > 0) {
          const taken = Math.min(left, padding);
          padding -= taken;
          position += taken;
        } else {
          const taken = Math.min(left, blockBytes - blockFilled);
          block.set(chunk.subarray(position, position + taken), blockFilled);
          blockFilled += taken;
          position += taken;
          if (blockFilled < blockBytes) return;
          blockFilled = 0;
          begin();
        }
      }
    },
    end() {
      if (!ended || header !== undefined || padding > 0 || blockFilled > 0) throw new Error('the archive is cut');
    },
  };
}

function headerOf(block: Buffer): Header {
  let sum = 0;
  for (let index = 0; index < blockBytes; index += 1) {
    // The checksum counts as spaces.
    sum += index >= at.checksum && index < at.checksum + 8 ? 0x20 : (block[index] ?? 0);
  }
  if (sum !== numberOf(block.subarray(at.checksum, at.checksum + 8)))
    throw new Error('a header of the archive is broken');
  const type = types[String.fromCharCode(block[at.type] ?? 0)] ?? 'other';
  const size = numberOf(block.subarray(at.size, at.size + 12));
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('an entry of the archive has no size');
  return { type, size, link: text(block.subarray(at.linkName, at.magic)) };
}

/** Octal digits, or a binary number behind a set first bit (GNU). */
function numberOf(field: Buffer): number {
  if ((field[0] ?? 0) & 0x80) {
    return field.subarray(1).reduce((value, byte) => value * 256 + byte, (field[0] ?? 0) & 0x7f);
  }
  const digits = text(field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}

/** The records `LENGTH KEY=VALUE\n` that say something of the bytes. */
function overrideOf(records: Buffer): Override {
  const found: Override = {};
  for (let start = 0; start < records.length;) {
    const space = records.indexOf(0x20, start);
    const length = Number(records.toString('latin1', start, Math.max(start, space)));
    if (space < 0 || !Number.isSafeInteger(length) || start + length <= space || start + length > records.length) {
      throw new Error('a header of the archive is broken');
    }
    const record = records.toString('latin1', space + 1, start + length - 1);
    const equals = record.indexOf('=');
    const value = record.slice(equals + 1);
    if (record.startsWith('linkpath=')) found.link = value;
    if (record.startsWith('size=')) {
      found.size = Number(value);
      if (!Number.isSafeInteger(found.size) || found.size < 0) throw new Error('an entry of the archive has no size');
    }
    start += length;
  }
  return found;
}

// Bytes as they are: a link may point to a name that is no UTF-8.
function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? field.length : end);
}
