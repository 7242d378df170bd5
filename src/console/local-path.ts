/**
 * An address of our own that somebody asked to be sent on to, or the given one: `//elsewhere`, `/\elsewhere` and
 * `https://elsewhere` lead away, and a control character makes browsers see another address than we do.
 */
export function localPath(asked: string, otherwise: string): string {
  const isLocal = /^\/(?![/\\])[\x21-\x7e]*$/.test(asked) && !/[\\]/.test(asked);
  return isLocal && !/^\/(login|logout)\b/.test(asked) ? asked : otherwise;
}
