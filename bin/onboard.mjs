#!/usr/bin/env node
/** The `onboard` command. A published package brings dist/ along; a fresh checkout makes it first. */
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  const { ensureCheckoutBuilt } = await import('../scripts/bootstrap/checkout.mjs');
  if (!(await ensureCheckoutBuilt())) process.exit(1);
}
const cli = await import(main.href);
process.exitCode = await cli.main(process.argv.slice(2), process.env);
