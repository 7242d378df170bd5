/**
 * `npm run bench [-- NAME…] [--json] [--quick]`: starts what it needs, measures, prints medians, spread and ratios, and
 * writes what a full run found into docs/performance.md. `--quick` is one round of a fifth of the load, written nowhere.
 * Exit code 1 when a goal was missed, 2 for a NAME that does not exist.
 */
import { parseArgs } from 'node:util';
import { givenFraction, givenWhole } from '../test/support/given-number.ts';
import { consolePages } from './console.ts';
import { depth } from './depth.ts';
import { footprint } from './footprint.ts';
import { importRows } from './import.ts';
import { intake } from './intake.ts';
import { latency } from './latency.ts';
import { live } from './live.ts';
import { pipeline } from './pipeline.ts';
import { quota } from './quota.ts';
import type { Bench } from './support/bench.ts';
import { describeMachine, describeMoment } from './support/machine.ts';
import { startGround } from './support/place.ts';
import { isMet, toMarkdown, type Report } from './support/report.ts';
import { writeResults } from './support/results-page.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  pipeline,
  latency,
  intake,
  import: importRows,
  quota,
  live,
  depth,
  footprint,
  console: consolePages,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    scale: { type: 'string' },
  },
});

async function main(): Promise<number> {
  const names = positionals.length === 0 ? Object.keys(BENCHES) : positionals;
  const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.\n`,
    );
    return 2;
  }
  const rounds = givenWhole('--rounds', values.rounds ?? (values.quick ? '1' : '5'));
  const scale = givenFraction('--scale', values.scale ?? (values.quick ? '0.2' : '1'));
  const isFull = rounds >= 5 && scale === 1;
  const ground = await startGround();
  const reports: Report[] = [];
  try {
    const machine = describeMachine(ground.versions);
    for (const name of names) {
      const before = describeMoment();
      const own = await BENCHES[name]?.({ ground, rounds, scale, say });
      const text = (own ?? []).map(toMarkdown).join('\n');
      if (!values.json) process.stdout.write(`${text}\n`);
      if (isFull) await writeResults({ name, text, machine, before, after: describeMoment() });
      reports.push(...(own ?? []));
    }
    if (values.json)
      process.stdout.write(`${JSON.stringify({ machine, rounds, scale, reports }, null, 2)}\n`);
  } finally {
    await ground.stop();
  }
  return reports.every(({ goals }) => goals.every(isMet)) ? 0 : 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = await main();
