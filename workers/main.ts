import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { visible } from '../src/domain/shown.ts';
import { loadConfig } from '../src/runtime/config.ts';
import { loadEnvFile } from '../src/runtime/env-file.ts';
import { withHome } from '../src/runtime/home.ts';
import { runService } from './service.ts';

const USAGE = `Usage: npm start [-- --run=all|http,provisioning,webhooks,maintenance]

Runs the service. The environment configures it, and .env of the current folder what the environment does not set;
docs/configuration.md lists every variable.
`;

/** config → service → exit code: 0 stopped, 1 failed, 2 misuse. */
export async function main(
  argv: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  const asked = readArguments(argv);
  if ('fault' in asked) {
    process.stderr.write(`${visible(asked.fault)}\n\n${USAGE}`);
    return 2;
  }
  if (asked.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const envFile = loadEnvFile(env);
  const loaded = loadConfig(env, asked.run);
  if (loaded.ok) return runService(loaded.config, { envFile });
  process.stderr.write(
    `The configuration cannot be used:\n${loaded.problems.map((line) => `  - ${line}\n`).join('')}`,
  );
  return 2;
}

function readArguments(argv: readonly string[]): { run?: string; help?: boolean } | { fault: string } {
  const options = { run: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    // The rest of its message is about arguments that begin with "-".
    return { fault: (error as Error).message.split('. ')[0] ?? '' };
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exit(await main(process.argv.slice(2), withHome(process.env)));
}
