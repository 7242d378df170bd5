import { safeText } from '../view/safe-text.ts';
import { detailsText, tableText } from '../view/table.ts';
import type { Terminal } from '../terminal.ts';
import type { DemoFolder } from './demo-folder.ts';
import { asExpected, duplicatesFound, mismatches, type Verdict } from './verdict.ts';

const MISMATCHES_SHOWN = 20;

/** How many rows ended in which way, next to how many were to. */
export function printSummary({ out }: Terminal, verdict: Verdict): void {
  const { ends } = verdict;
  const kinds = [...new Set(ends.flatMap(({ end, expect }) => [expect, end]))].sort();
  const rows = kinds.map((kind) => {
    const expected = ends.filter(({ expect }) => expect === kind).length;
    const ended = ends.filter(({ end }) => end === kind).length;
    return [...kind.split(':', 2), ...(kind.includes(':') ? [] : ['']), expected, ended];
  });
  out(`\n${tableText({ head: ['END', 'CODE', 'EXPECTED', 'ENDED'], rows })}`);
  const seconds = (verdict.elapsedMs / 1_000).toFixed(1);
  const well = ends.length - mismatches(verdict).length;
  out(`\n${ends.length} rows in ${seconds} s: ${well} ended as expected, ${ends.length - well} did not.\n`);
}

/** The first rows that ended in another way than their file says. */
export function printMismatches({ out, err }: Terminal, verdict: Verdict): void {
  if (asExpected(verdict)) return;
  const wrong = mismatches(verdict);
  if (wrong.length > 0) {
    const rows = wrong
      .slice(0, MISMATCHES_SHOWN)
      .map(({ row, region, sourceName, expect, end }) => [row, region, sourceName, expect, end]);
    out(`\n${tableText({ head: ['ROW', 'REGION', 'SOURCE', 'EXPECTED', 'ENDED'], rows })}`);
    if (wrong.length > rows.length) out(`… and ${wrong.length - rows.length} more\n`);
  }
  const { duplicatesReported } = verdict;
  if (duplicatesFound(verdict) !== duplicatesReported)
    err(
      `The import reported ${duplicatesReported} duplicates; the file holds ${duplicatesFound(verdict)}.\n`,
    );
}

export function printWhereToLook(
  { out, err }: Terminal,
  where: { url: string; loginLink: string | undefined; folder: DemoFolder; failures: number | undefined },
): void {
  const { url, loginLink, folder, failures } = where;
  const token = folder.show('admin-token');
  out(
    `\n${detailsText([
      [
        'Console',
        loginLink === undefined
          ? `${url}/ (log in with the token)`
          : `${loginLink} (logs in once, within ten minutes)`,
      ],
      ['API', url],
      ['OpenAPI', `${url}/openapi.json`],
      ['Queues', `${url}/queues (log in with the token as password)`],
      ['Token', token],
    ])}`,
  );
  const onboard = failures === undefined ? ['stats', 'watch'] : ['failures', 'replay --help', 'watch'];
  out(
    `\nTry\n  curl -H "Authorization: Bearer $(cat ${token})" '${url}/v1/onboardings?status=failed&limit=5'\n` +
      `  export ONBOARD_URL=${safeText(url)} DATA_DIR=${folder.show()}\n` +
      onboard.map((line) => `  npx onboard ${line}\n`).join(''),
  );
  err('\nThe service stays up until Ctrl-C.\n');
}
