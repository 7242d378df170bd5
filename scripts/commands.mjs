/**
 * What each npm command needs and does. Missing things are installed first, each with a line on stderr; with
 * `--no-install` nothing is, and the command that would have done it is printed instead.
 */
import { say, CannotContinue } from './bootstrap/announce.mjs';
import { ensureBuilt } from './bootstrap/build.mjs';
import { ensureNpmPackages } from './bootstrap/npm-packages.mjs';
import {
  REDIS,
  POSTGRES,
  NGINX,
  PGBOUNCER,
  CHROMIUM,
  CURL,
  PROMETHEUS,
  PYTHON,
  ensureSystemPackages,
} from './bootstrap/system-packages.mjs';
import { check } from './commands/check.mjs';
import { docs } from './commands/docs.mjs';
import { explore } from './commands/explore.mjs';
import { test } from './commands/test.mjs';
import { transcript } from './commands/transcript.mjs';
import { tsx, tsxWatch } from './commands/tsx.mjs';
import { projectUrl } from './project.mjs';

/** A service that is given an external Redis needs no Redis binary. */
const redisUnlessGiven = (env) => ((env.REDIS_URL ?? '') === '' ? [REDIS] : []);

const WATCHED = ['--clear-screen=false', '--import', projectUrl('scripts/typescript-threads.mjs').href];

const COMMANDS = {
  start: { needs: redisUnlessGiven, built: true, run: callBuilt('dist/workers/main.js', 'main') },
  demo: { needs: redisUnlessGiven, built: true, run: callBuilt('dist/src/cli/demo.js', 'runDemo') },
  dev: { needs: redisUnlessGiven, built: false, run: tsxWatch('workers/main.ts', WATCHED) },
  check: { needs: () => [], built: false, run: check },
  docs: { needs: () => [], built: true, run: docs },
  chaos: { needs: () => [REDIS, POSTGRES], built: true, run: tsx('test/chaos/main.ts') },
  soak: { needs: () => [REDIS, POSTGRES], built: true, run: tsx('test/chaos/soak.ts') },
  bench: { needs: () => [REDIS, POSTGRES], built: true, run: tsx('bench/main.ts') },
  test: {
    needs: () => [REDIS, POSTGRES, PGBOUNCER, NGINX, CHROMIUM, CURL, PYTHON, PROMETHEUS],
    built: true,
    run: test,
  },
  explore: { needs: () => [REDIS, POSTGRES, PGBOUNCER], built: true, run: explore },
  transcript: { needs: () => [REDIS], built: true, run: transcript },
  // Loaded when it runs: playwright-core may have to be installed first.
  screenshots: {
    needs: () => [REDIS, CHROMIUM],
    built: true,
    run: async (args, env) => (await import('./commands/screenshots.mjs')).screenshots(args, env),
  },
  build: { needs: () => [], built: true, run: () => 0 },
};

/** Resolves to the exit code: 0 done, 1 failed, 2 misuse. */
export async function runCommand([name, ...rest], env) {
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined;
  if (command === undefined) {
    say(`Usage: node scripts/run.mjs ${Object.keys(COMMANDS).join('|')} [--no-install] [arguments…]`);
    return 2;
  }
  const { install, args } = parseArguments(rest, env);
  try {
    await ensureSystemPackages(command.needs(env), { install, env });
    await ensureNpmPackages({ install });
    if (command.built) await ensureBuilt();
  } catch (error) {
    if (!(error instanceof CannotContinue)) throw error;
    say(error.message);
    return 1;
  }
  return await command.run(args, env);
}

/** `npm start --no-install`, without the `--` before it, arrives as npm's own setting. */
function parseArguments(rest, env) {
  return {
    install: !rest.includes('--no-install') && env.npm_config_install !== '',
    args: rest.filter((argument) => argument !== '--no-install'),
  };
}

/** Runs a built main in this very process, so that signals reach it without a relay. */
function callBuilt(path, exportName) {
  return async (args, env) => {
    const built = await import(projectUrl(path).href);
    return await built[exportName](args, env);
  };
}
