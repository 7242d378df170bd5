/**
 * `npm run demo`: starts everything embedded, onboards a CSV of customers, and compares each result with the one the file
 * expects. It uses HTTP only; the service ends with the demo; no token is printed, only where it is kept.
 */
import { Command, Option } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { aborted } from '../runtime/aborted.ts';
import type { Environment } from '../runtime/config.ts';
import { wholeNumber } from './arguments.ts';
import { readCustomers, type Customer, type CustomersChoice } from './demo/customers-file.ts';
import { prepareFolder, type DemoFolder } from './demo/demo-folder.ts';
import { onboardCustomers } from './demo/onboard-customers.ts';
import { startService, type DemoService } from './demo/service-process.ts';
import { asExpected, printVerdict, type Verdict } from './demo/verdict.ts';
import { EXIT, reportFailure, type ExitCode } from './failures.ts';
import { commandOutput, processTerminal, stopSignal, type Terminal } from './terminal.ts';
import { detailsText } from './view/table.ts';
import { safeText } from './view/text.ts';

interface DemoOptions extends CustomersChoice {
  /** End once every row has ended, with an exit code that says whether all ended as expected. */
  readonly exit: boolean;
}

interface Demo {
  readonly options: DemoOptions;
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly folder: DemoFolder;
  readonly stopping: AbortSignal;
}

/** Answers the exit code: 0 done, 1 failed, 2 misuse. */
export async function runDemo(argv: readonly string[], env: Environment): Promise<number> {
  const terminal = processTerminal(process, env);
  const stopping = stopSignal(terminal);
  try {
    const options = parseDemoOptions(argv, terminal);
    const folder = await prepareFolder(terminal, stopping);
    return await demonstrate({ options, env, terminal, folder, stopping });
  } catch (error) {
    return stopping.aborted ? EXIT.failed : reportFailure(error, { terminal, asJson: false });
  }
}

function parseDemoOptions(argv: readonly string[], terminal: Terminal): DemoOptions {
  const command = new Command('npm run demo --')
    .description('Onboard a thousand customers against a sandbox, and keep the service running')
    .option('--exit', 'exit with 0 when every row has ended as expected, else with 1', false)
    .option(
      '--customers <file>',
      'onboard these; the last column, expect, is the expected result of each row',
    )
    .addOption(
      new Option('--failures <count>', 'onboard a set with this many failures of all kinds')
        .argParser(wholeNumber(1, 100_000))
        .conflicts('customers'),
    )
    .addHelpText('after', '\nExample:\n  $ npm run demo -- --failures 300')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput(commandOutput(terminal));
  return command.parse(argv, { from: 'user' }).opts<DemoOptions>();
}

async function demonstrate(demo: Demo): Promise<ExitCode> {
  const customers = await readCustomers(demo.options, demo.folder);
  demo.terminal.err(
    `Starting the service with everything embedded. Log: ${demo.folder.show('service.log')}\n`,
  );
  const service = await startService({ ...demo, failing: demo.options.failures !== undefined }, customers);
  try {
    const verdict = await onboardAll(demo, service, customers);
    printVerdict(demo.terminal, verdict);
    if (!demo.options.exit) await stayUp(demo, service);
    return asExpected(verdict) || !demo.options.exit ? EXIT.done : EXIT.failed;
  } finally {
    await service.stop();
  }
}

async function onboardAll(
  demo: Demo,
  service: DemoService,
  customers: readonly Customer[],
): Promise<Verdict> {
  const interrupted = AbortSignal.any([demo.stopping, service.gone]);
  const { exit } = demo.options;
  const deadline = exit ? AbortSignal.timeout(deadlineMs(customers.length)) : new AbortController().signal;
  return onboardCustomers(customers, {
    client: service.client,
    csvFile: demo.options.customers ?? demo.folder.path('customers.csv'),
    terminal: demo.terminal,
    interrupted,
    deadline,
  });
}

/** A thousand customers take half a minute; a busy machine is given five times that. */
const deadlineMs = (customers: number): number => 150_000 + Math.max(0, customers - 1_000) * 150;

async function stayUp(demo: Demo, { url, loginLink, gone }: DemoService): Promise<void> {
  const { terminal, stopping } = demo;
  terminal.out(whereToLook(demo, url, loginLink));
  terminal.err('\nThe service is running. Press Ctrl-C to stop it.\n');
  await Promise.race([aborted(stopping), aborted(gone)]);
  // Ctrl-C reaches the service too, which may be the faster to go.
  if (!stopping.aborted) await Promise.race([aborted(stopping), delay(500)]);
  if (!stopping.aborted) throw gone.reason as Error;
  terminal.err('\nStopping…\n');
}

function whereToLook({ folder, options }: Demo, url: string, loginLink: string | undefined): string {
  const token = folder.show('admin-token');
  const places = detailsText([
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
  ]);
  const commands =
    options.failures === undefined ? ['stats', 'watch'] : ['failures', 'replay --help', 'watch'];
  return (
    `\n${places}\nTry\n` +
    `  curl -H "Authorization: Bearer $(cat ${token})" '${url}/v1/onboardings?status=failed&limit=5'\n` +
    `  export ONBOARD_URL=${safeText(url)} DATA_DIR=${folder.show()}\n` +
    commands.map((line) => `  npx onboard ${line}\n`).join('')
  );
}
