/**
 * Spreadsheets run a cell as a formula when it begins with one of these, also behind blanks, invisible characters and
 * quotes, and in full width (OWASP, "CSV Injection"). Apostrophes in front are counted with it, so that a guard can be
 * taken away from exactly the texts that were given one.
 */
const FORMULA = /^'*[\s\p{C}"]*[=+\-@＝＋－＠]/u;

/**
 * The text for a cell of a CSV file, with an apostrophe where a spreadsheet could find the beginning of a formula. In
 * most of Europe the list separator is a semicolon. A comma-separated line is one cell there, and for many readers its
 * quotes end with the first of our cells: from there on every semicolon begins a cell. So each part is guarded.
 */
export function guardFormulas(text: string): string {
  return perPart(text, (part) => (FORMULA.test(part) ? `'${part}` : part));
}

/** Takes back what {@link guardFormulas} did; any other text is given back as it is. */
export function dropFormulaGuards(text: string): string {
  return perPart(text, (part) => (part.startsWith("'") && FORMULA.test(part) ? part.slice(1) : part));
}

const perPart = (text: string, change: (part: string) => string): string =>
  text.includes(';') ? text.split(';').map(change).join(';') : change(text);
