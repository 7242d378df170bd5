import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvText } from '../../../../src/cli/view/table.ts';
import { dropFormulaGuards } from '../../../../src/domain/formula-guard.ts';

/**
 * As a spreadsheet reads it that takes a quote only at the beginning of a cell, and whatever follows as it stands. A quote
 * that is still open at the end is closed there.
 */
function cellsAt(delimiter: string, csv: string): readonly (readonly string[])[] {
  const options = { delimiter, relax_quotes: true, relax_column_count: true } as const;
  try {
    return parse(csv, options);
  } catch (error) {
    if (!(error instanceof CsvError) || error.code !== 'CSV_QUOTE_NOT_CLOSED') throw error;
    return parse(`${csv}"`, options);
  }
}

/** Blanks, invisible characters and quotes in front do not keep a spreadsheet from it. */
const RUNS_AS_FORMULA = /^[\s\p{C}"]*[=+\-@＝＋－＠]/u;

const rowsOf = (cells: readonly string[]) => ({
  head: cells.map((_, index) => `COLUMN ${index}`),
  rows: [cells],
});

describe('CSV', () => {
  it('quotes every cell, the head and numbers too', () => {
    const rows = [['a', 1, null, undefined, '', true, { instant: '2026-01-01' }, 'say "hi"', 'x,y']];
    const head = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I'];
    expect(csvText({ head, rows })).toBe(
      '"A","B","C","D","E","F","G","H","I"\n"a","1","","","","true","2026-01-01","say ""hi""","x,y"\n',
    );
  });

  it.each([
    '=HYPERLINK("http://evil.example","Invoice")',
    ' =1+1',
    '\u00a0=1+1',
    '＝1+1',
    '@SUM(1,1)',
    'x;=1+1;y',
    'x; ＝1+1;y',
    'x;"=1&";y',
    '";=1+1;"',
    "x;'=1+1;y",
  ])('holds no formula wherever the cells are cut, and the text can be had back: %s', (text) => {
    const csv = csvText(rowsOf(['a', text, text]));
    for (const delimiter of [',', ';'])
      for (const cell of cellsAt(delimiter, csv).flat()) expect(cell).not.toMatch(RUNS_AS_FORMULA);
    expect(cellsAt(',', csv)[1]?.map(dropFormulaGuards)).toEqual(['a', text, text]);
  });

  it('holds none whatever the cells hold', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'=+-@＝＋－＠;,\'" \u00a0\u3000a1'.split('')) });
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (cells) => {
        const csv = csvText(rowsOf(cells), { withHead: false });
        for (const delimiter of [',', ';', '\t'])
          for (const cell of cellsAt(delimiter, csv).flat()) expect(cell).not.toMatch(RUNS_AS_FORMULA);
        expect(cellsAt(',', csv)[0]?.map(dropFormulaGuards)).toEqual(cells);
      }),
      { numRuns: 2_000 },
    );
  });
});
