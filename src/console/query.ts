const VALUES_MAX = 50;

/** The text that an address has under a name, without blanks around it; empty when there is none, or more than one. */
export function textIn(query: unknown, name: string): string {
  const value = valueIn(query, name);
  return typeof value === 'string' ? value.trim() : '';
}

/** Every text that an address has under a name, each once; the first fifty. */
export function allIn(query: unknown, name: string): readonly string[] {
  const value = valueIn(query, name);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.filter((text): text is string => typeof text === 'string' && text !== '');
  return [...new Set(texts)].slice(0, VALUES_MAX);
}

function valueIn(query: unknown, name: string): unknown {
  if (typeof query !== 'object' || query === null || !Object.hasOwn(query, name)) return undefined;
  return (query as Record<string, unknown>)[name];
}
