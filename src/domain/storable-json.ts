/**
 * A value as JSON that PostgreSQL's jsonb can hold. It takes neither NUL nor half a surrogate pair, and its error would
 * end the caller's transaction without naming the field; another control character in their place is refused as they
 * are, field by field.
 */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  return (json ?? 'null').replace(/\\(u(?:0000|d[89a-f][0-9a-f]{2})|.)/g, (escape, what: string) =>
    what.length === 5 ? '\\u0001' : escape,
  );
}
