const COLUMNS = [
  'account',
  'region',
  'eventNamespace',
  'eventName',
  'sourceName',
  'customerId',
  'lane',
  'callbackUrl',
  'metadata.company',
  'metadata.plan',
  'expect',
];

/** A row's `unquoted` column is written as it stands, as hand-made files do: a comma in it breaks the row. */
export function toCsv(rows) {
  const lines = rows.map((row) =>
    COLUMNS.map((column) => {
      const cell = row[column] ?? '';
      return row.unquoted === column ? cell : quoted(cell);
    }).join(','),
  );
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
