/** The words of a command line that quotes with " at the most. */
export function shellWords(line) {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
}
