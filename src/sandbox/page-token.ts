const MARK = 'page:';

/** Makes an opaque page token of a position. */
export const nextPageToken = (position: string): string => Buffer.from(MARK + position).toString('base64url');

/** The position in a token; undefined for a token that the sandbox did not make. */
export function readPageToken(token: string): string | undefined {
  const text = Buffer.from(token, 'base64url').toString();
  return text.startsWith(MARK) ? text.slice(MARK.length) : undefined;
}
