import type { RouteContext } from './routes/route.ts';

/**
 * The page of a list that `per_page` (at most 100, by default 30) and `page` ask for, and its `link` header:
 * https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export function page<T>(
  all: readonly T[],
  { query }: Pick<RouteContext, 'query'>,
  url: string,
): { items: readonly T[]; headers: Record<string, string> } {
  const perPage = Math.min(100, positive(query.get('per_page'), 30));
  const current = positive(query.get('page'), 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const link = (number: number, rel: string): string => {
    const next = new URLSearchParams(query);
    next.set('page', String(number));
    return `<${url}?${next.toString()}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (current > 1) links.push(link(Math.min(current - 1, last), 'prev'));
  if (current < last) links.push(link(current + 1, 'next'), link(last, 'last'));
  if (current > 1) links.push(link(1, 'first'));
  const items = all.slice((current - 1) * perPage, current * perPage);
  return { items, headers: links.length > 0 ? { link: links.join(', ') } : {} };
}

function positive(text: string | null, fallback: number): number {
  const number = Number(text ?? Number.NaN);
  return Number.isInteger(number) && number > 0 ? number : fallback;
}
