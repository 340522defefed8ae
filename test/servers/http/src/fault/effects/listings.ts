import { formatOf, listingEntriesOf, renderListing } from '../../listing/format.ts';
import { hostileEntries } from '../../listing/hostile.ts';
import type { Exchange, FaultEffect } from '../exchange.ts';
import { answerOf } from '../exchange.ts';
import type { ListingFault } from '../fault.ts';

const ENTRIES_IN_A_PIECE = 100;

/** Effects of {@link ListingFault}s. */
export function listingEffect(fault: ListingFault): FaultEffect {
  const format = formatOf(fault.dialect);
  return {
    after: (_answer, exchange) => {
      const place = placeOf(exchange);
      const honest = listingEntriesOf(exchange.files.list(exchange.path.replace(/\/$/, '')) ?? []);
      const headers = { 'content-type': format.type };
      switch (fault.kind) {
        case 'hostile-listing': {
          const hostile = hostileEntries(new URL(exchange.url).host, exchange.otherUrl);
          return answerOf(format.status, headers, renderListing(format, place, [...honest, ...hostile]));
        }
        case 'broken-listing': {
          const [before = ''] = renderListing(format, place, []).split(format.close(place));
          const lines = honest.map((entry) => format.entry(entry, place)).join(format.separator);
          return answerOf(format.status, headers, `${before}${lines}`.slice(0, -12));
        }
        case 'endless-listing':
          return {
            status: format.status,
            headers,
            delivery: {},
            body: {
              piece: (index) => {
                const lines: string[] = [];
                for (let line = 0; line < ENTRIES_IN_A_PIECE; line += 1) {
                  const name = `endless-${index * ENTRIES_IN_A_PIECE + line}.txt`;
                  const entry = { name, href: name, directory: false, size: 1, mtimeMs: 0, etag: null };
                  lines.push(format.entry(entry, place));
                }
                const start = index === 0 ? format.open(place) : format.separator;
                return Buffer.from(start + lines.join(format.separator), 'utf8');
              },
            },
          };
      }
    },
  };
}

function placeOf(exchange: Exchange): { readonly urlPath: string; readonly path: string } {
  return { urlPath: exchange.target.split('?', 1)[0] ?? '/', path: `/${exchange.path}` };
}
