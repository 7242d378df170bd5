/**
 * Looks at what the environment names, without a service: `onboard doctor --local` runs it in a process of its own, since
 * the command line may not know the adapters. Prints the findings as JSON.
 */
import { pathToFileURL } from 'node:url';
import { examineLocally } from '../src/compose/create-doctor.ts';
import { broken, type Finding } from '../src/domain/finding.ts';
import type { Log } from '../src/ports.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { loadConfig, type Environment } from '../src/runtime/config.ts';
import { withHome } from '../src/runtime/home.ts';

export async function main(env: Environment): Promise<number> {
  process.stdout.write(JSON.stringify({ findings: await findingsOf(env) }));
  return 0;
}

async function findingsOf(env: Environment): Promise<readonly Finding[]> {
  const loaded = loadConfig(env);
  if (loaded.ok) return examineLocally(loaded.config, { clock: systemClock, log: SILENT });
  const fix = 'Set it right in the environment; README.md lists every variable.';
  return loaded.problems.map((problem) => broken({ check: 'config' }, problem, fix));
}

/** What is wrong is a finding, and stdout belongs to them. */
const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exit(await main(withHome(process.env)));
}
