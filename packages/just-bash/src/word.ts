import type { WordNode } from 'just-bash';

/** The text of a word that is nothing but text. */
export function literalOf(word: WordNode | null): string | undefined {
  const [first, ...others] = word?.parts ?? [];
  return others.length === 0 && first?.type === 'Literal' ? first.value : undefined;
}
