import { Command } from 'commander';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CallError } from '../../client/answers.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import { broken, doubtful, judgeSkew, wellFound, type Finding } from '../../domain/finding.ts';
import type { Environment } from '../../runtime/config.ts';
import { packagePath, packageVersion } from '../../runtime/package.ts';
import { withAction, type CommandContext } from '../command.ts';
import { callReason, CommandFailed } from '../failures.ts';
import { serviceUrl } from '../open-client.ts';
import { painter, type Style } from '../view/style.ts';
import type { Columns, Reader } from '../view/table.ts';
import { safeText, wrapped } from '../view/text.ts';

const HOW = `
Checks the service, Redis, the ledger, AWS and the clocks, and shows how to fix problems. It changes nothing and creates nothing at AWS: it reads a source that cannot exist, and infers create permission from earlier onboardings. With --local it checks what the environment configures (REDIS_URL, DATABASE_URL, credentials, …), without a service. Exits with 1 when a check fails.`;

export function doctorCommand(context: CommandContext): Command {
  const command = new Command('doctor')
    .description('Check the service and its dependencies, and show how to fix problems')
    .option('--local', 'check from this machine with the service’s environment, without a running service')
    .addHelpText('after', HOW);
  return withAction<{ readonly local?: true }>(command, context, {
    csv: true,
    examples: [
      'onboard doctor',
      'onboard doctor --json | jq ".findings[] | select(.status != \\"ok\\")"',
      'AWS_MODE=live PARTNER_NAME=acme.example REGIONS=eu-west-1 REDIS_URL=redis://… DATABASE_URL=postgres://… onboard doctor --local',
    ],
    async run({ local }) {
      const findings = [
        nodeFinding(),
        ...(local === true ? await examineLocally(context.env) : await ofService(context)),
      ];
      const count = (status: Finding['status']): number =>
        findings.filter((it) => it.status === status).length;
      return {
        value: { findings },
        parts: [(reader) => findingsText(findings, reader)],
        csv: findingColumns(findings),
        notes: [`${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failed.`],
        failed: count('fail') > 0,
      };
    },
  });
}

const STYLES: Readonly<Record<Finding['status'], Style>> = { ok: 'good', warn: 'doubtful', fail: 'bad' };

const INDENT = '      ';

/** A line for each finding, and below it what to do. */
function findingsText(findings: readonly Finding[], { page }: Reader): string {
  const paint = painter(page);
  const lines = findings.flatMap(({ check, subject, status, message, fix }) => {
    const where = subject === null ? check : `${check} ${subject}`;
    const line = `${status.padEnd(4)}  ${safeText(where)}: ${safeText(message)}`;
    const marked = paint(STYLES[status], status) + wrapped(line, page?.columns, INDENT).slice(status.length);
    if (fix === null) return [marked];
    return [marked, wrapped(`${INDENT}→ ${safeText(fix)}`, page?.columns, `${INDENT}  `)];
  });
  return lines.map((line) => `${line}\n`).join('');
}

const findingColumns = (findings: readonly Finding[]): Columns => ({
  head: ['STATUS', 'CHECK', 'SUBJECT', 'MESSAGE', 'FIX'],
  rows: findings.map(({ status, check, subject, message, fix }) => [status, check, subject, message, fix]),
});

const LOCAL_WITHIN_MS = 30_000;

/** What a service with this environment would stand on, examined by a process of its own (docs/decisions/0015). */
async function examineLocally(env: Environment): Promise<readonly Finding[]> {
  const program = packagePath('dist', 'workers', 'doctor.js');
  const options = { env, timeout: LOCAL_WITHIN_MS };
  const { stdout } = await promisify(execFile)(process.execPath, [program], options);
  return (JSON.parse(stdout) as { findings: readonly Finding[] }).findings;
}

const LEAST_NODE = [20, 19] as const;

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  const message = `Node ${process.versions.node} runs this command.`;
  return isNew
    ? wellFound({ check: 'node' }, message)
    : broken({ check: 'node' }, message, `Install Node ${LEAST_NODE.join('.')} or newer.`);
}

async function ofService(context: CommandContext): Promise<readonly Finding[]> {
  const url = serviceUrl(context.env);
  const look = { check: 'service.reachable' };
  let client: OnboardingClient;
  try {
    client = await context.openClient();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return [broken({ check: 'service.token' }, error.message, 'See SECURITY.md for tokens and roles.')];
  }
  const askedAt = context.terminal.now();
  const answer = await client.doctor();
  if (!answer.ok) return [broken(look, noAnswerText(url, answer.error), fixOf(answer.error))];
  const { version, at, findings } = answer.value;
  return [
    wellFound(look, `${url} responds.`),
    versionFinding(version),
    ...(await readinessOf(client)),
    ...(await searchOf(client)),
    judgeSkew({ check: 'service.clock' }, 'This machine’s clock', clockAhead(at, askedAt, context)),
    ...findings,
  ];
}

/** The service looks for up to 10 s, and says at its end what time it is. */
function clockAhead(at: string, askedAt: number, { terminal }: CommandContext): number {
  const theirs = Date.parse(at);
  const now = terminal.now();
  if (theirs > now) return now - theirs;
  return theirs < askedAt ? askedAt - theirs : 0;
}

function versionFinding(version: string): Finding {
  const own = packageVersion();
  const look = { check: 'service.version' };
  if (version === own) return wellFound(look, `The service and this command are ${version}.`);
  return doubtful(
    look,
    `The service is ${version}, this command ${own}.`,
    'Use the command of the service’s release: older services do not support newer calls.',
  );
}

async function readinessOf(client: OnboardingClient): Promise<readonly Finding[]> {
  const ready = await client.ready();
  if (!ready.ok) return [];
  const parts = Object.entries(ready.value.parts).filter(([, state]) => state !== 'ok');
  if (parts.length === 0) return [wellFound({ check: 'service.ready' }, 'All parts are running.')];
  return parts.map(([part, state]) =>
    doubtful(
      { check: 'service.ready', subject: part },
      `State: ${state}.`,
      'See docs/operations.md; `onboard stats` shows the Regions.',
    ),
  );
}

async function searchOf(client: OnboardingClient): Promise<readonly Finding[]> {
  const stats = await client.stats();
  if (!stats.ok) return [];
  const look = { check: 'ledger.search' };
  if (stats.value.search === 'indexed') return [wellFound(look, 'Searches (--q) use an index.')];
  return [
    doubtful(
      look,
      'The database has no index for searches (--q): they read row by row, and a page may end early.',
      'See docs/performance.md for how to create the index.',
    ),
  ];
}

const noAnswerText = (url: string, error: CallError): string =>
  error.kind === 'unreachable'
    ? `No service responds at ${url} (${callReason(error)}).`
    : `${url}: ${callReason(error)}`;

function fixOf(error: CallError): string {
  if (error.kind === 'unreachable')
    return 'Start it with "npm start", or set ONBOARD_URL to its address. `onboard doctor --local` checks without a service.';
  if (error.kind === 'problem' && error.status === 401) return 'Set ONBOARD_TOKEN to one of its API_TOKENS.';
  if (error.kind === 'problem' && error.status === 403)
    return 'The check calls AWS, so it requires a token with the role operator or admin.';
  return 'Check ONBOARD_URL. A proxy or a service of an earlier release may have responded.';
}
