import { CannotContinue, say } from './announce.mjs';
import { ensureBuilt } from './build.mjs';
import { nodeVersionProblem } from './node-version.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';

/** Makes a checkout's dist/ for the command line; answers whether that went well, after saying why not. */
export async function ensureCheckoutBuilt() {
  const problem = nodeVersionProblem(process.versions.node);
  try {
    if (problem !== undefined) throw new CannotContinue(problem);
    await ensureNpmPackages({ install: true });
    await ensureBuilt();
    return true;
  } catch (error) {
    if (!(error instanceof CannotContinue)) throw error;
    say(error.message);
    return false;
  }
}
