#!/usr/bin/env node
/**
 * The entry of every npm command, written to be the first thing that runs after a clone: until the packages are
 * installed it and everything it imports use nothing but Node itself.
 *
 *   node scripts/run.mjs <the name of a script in package.json> [--no-install] [arguments…]
 *
 * The version check comes before any newer syntax is even parsed, hence the import() after it.
 */
import { nodeVersionProblem } from './bootstrap/node-version.mjs';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  const { runCommand } = await import('./commands.mjs');
  process.exit(await runCommand(process.argv.slice(2), process.env));
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
