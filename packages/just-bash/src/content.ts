import type { BufferEncoding, FileContent } from 'just-bash';

/** How just-bash passes an encoding: by name or in an options object. */
export type EncodingOption = BufferEncoding | { readonly encoding?: BufferEncoding | null } | undefined;

/** Bytes of what a shell writes. Text is UTF-8 where no encoding is given; 'binary' and 'latin1' text is one byte for each character. */
export function bytesOf(content: FileContent, option: EncodingOption): Uint8Array {
  if (typeof content !== 'string') return content;
  return new Uint8Array(Buffer.from(content, encodingOf(option)));
}

/** The text a shell asked for. */
export function textOf(bytes: Uint8Array, option: EncodingOption): string {
  const encoding = encodingOf(option);
  // Not Buffer's: like just-bash's own filesystems this one drops a byte order mark.
  if (encoding === 'utf8' || encoding === 'utf-8') return new TextDecoder().decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
}

function encodingOf(option: EncodingOption): BufferEncoding {
  return (typeof option === 'string' ? option : option?.encoding) ?? 'utf8';
}
