/**
 * PostgreSQL's text holds neither NUL nor half a surrogate pair. What callers send is refused at intake; what AWS
 * or a proxy put into an error message is not ours to refuse, and must never keep a result from being saved.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
