#!/usr/bin/env node
/** Exit code 0 while the process that has this environment lives: the image's HEALTHCHECK, for every `--run`. */
const { HOST = '127.0.0.1', PORT = '3000', METRICS_PORT = '' } = process.env;
const ANY = { '0.0.0.0': '127.0.0.1', '::': '::1', '': '127.0.0.1' };
const host = ANY[HOST] ?? HOST;
// Every process serves health on METRICS_PORT; on PORT only those with HTTP do.
const port = METRICS_PORT === '' ? PORT : METRICS_PORT;
const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/healthz`;
try {
  process.exitCode = (await fetch(url, { signal: AbortSignal.timeout(2_500) })).ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
