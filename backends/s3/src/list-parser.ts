import { Buffer } from 'node:buffer';
import type { XMLParser } from 'fast-xml-parser';
import { toKeyBytes } from './key-bytes.ts';
import { MalformedListing, type RawListing, type RawObject } from './listing.ts';

/**
 * Reads a ListObjectsV2 answer with a real XML parser: for whatever the scanner did not expect.
 *
 * @throws {MalformedListing} for what is no well-formed listing.
 */
export async function parseListing(chunks: readonly Uint8Array[]): Promise<RawListing> {
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  const xml = Buffer.concat(chunks).toString('utf8');
  if (XMLValidator.validate(xml) !== true) throw new MalformedListing('not well-formed');
  const lists: ReadonlySet<string> = new Set(['Contents', 'CommonPrefixes']);
  const parser = new XMLParser({
    ignoreAttributes: true,
    parseTagValue: false,
    trimValues: false,
    removeNSPrefix: true,
    isArray: (name) => lists.has(name),
  });
  const result = fieldOf(parseOrRefuse(parser, xml), 'ListBucketResult');
  if (typeof result !== 'object' || result === null) throw new MalformedListing('not a listing');
  return {
    objects: listOf(result, 'Contents').map((object): RawObject => ({
      key: textOf(object, 'Key'),
      size: textOf(object, 'Size'),
      etag: textOf(object, 'ETag'),
      modified: textOf(object, 'LastModified'),
      storageClass: textOf(object, 'StorageClass'),
    })),
    prefixes: listOf(result, 'CommonPrefixes').map((common) => textOf(common, 'Prefix')),
    isTruncated: textOf(result, 'IsTruncated')?.trim(),
    nextToken: textOf(result, 'NextContinuationToken'),
    encodingType: textOf(result, 'EncodingType')?.trim(),
  };
}

function parseOrRefuse(parser: XMLParser, xml: string): unknown {
  try {
    return parser.parse(xml);
  } catch {
    throw new MalformedListing('not XML');
  }
}

function textOf(parent: unknown, name: string): string | undefined {
  const value = fieldOf(parent, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new MalformedListing(`more than one ${name}, or one that is no text`);
  return toKeyBytes(value);
}

function listOf(parent: unknown, name: string): readonly unknown[] {
  const value = fieldOf(parent, name);
  return Array.isArray(value) ? value : [];
}

function fieldOf(parent: unknown, name: string): unknown {
  return typeof parent === 'object' && parent !== null ? (parent as Record<string, unknown>)[name] : undefined;
}
