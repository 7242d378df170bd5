import { Command } from 'commander';
import { valueOrThrow, type Answer } from '../../client/answers.ts';
import type { AuditEntry } from '../../client/wire.ts';
import { isOnboardingId } from '../../domain/ids.ts';
import { shown } from '../../domain/shown.ts';
import type { Attempt, Onboarding } from '../../domain/onboarding.ts';
import { idWith, wholeNumber } from '../arguments.ts';
import { call, withAction, type CommandContext, type ReasonOptions } from '../command.ts';
import { CommandFailed, Misuse } from '../failures.ts';
import { tableOutput } from '../output.ts';
import { onboardingDetails, onboardingOutput, STATUS_STYLE } from '../view/onboarding.ts';
import type { Style } from '../view/style.ts';
import type { Columns } from '../view/table.ts';

/** The commands about one onboarding, named by its id. */

const ID = 'onb_01kaqk3v6m8x2c5d7f9h1j3n5q';
/** The most that one answer holds. */
const AUDIT_MAX = 200;

export function showCommand(context: CommandContext): Command {
  const command = new Command('show')
    .description('Show one onboarding with its timeline')
    .argument('<id>', 'onb_…')
    .addHelpText('after', '\nThe timeline requires the role viewer; --json prints only the onboarding.');
  return withAction(command, context, {
    examples: [`onboard show ${ID}`],
    async run({ json }, [id = '']) {
      if (!isOnboardingId(id))
        throw new Misuse(
          `${shown(id)} is not an onboarding id (onb_…). For a customer, use: onboard list --customer ${/^[\w.@-]{1,60}$/.test(id) ? id : '<id>'}`,
        );
      const client = await context.openClient();
      const onboarding = valueOrThrow(await client.get(id));
      if (json === true) return onboardingOutput(onboarding);
      const [attempts, audit] = await Promise.all([
        valueIfThere(client.attempts(id)),
        valueIfThere(client.audit({ subject: id }, { limit: AUDIT_MAX })),
      ]);
      const timeline =
        attempts && timelineColumns(onboarding, { attempts: attempts.items, audit: audit?.items ?? [] });
      return {
        value: onboarding,
        parts: [(reader) => onboardingDetails(onboarding, reader), ...(timeline ? [timeline] : [])],
      };
    },
  });
}

/** The value, or undefined where the token may not look or the service is too old to know the call. */
async function valueIfThere<T>(asked: Promise<Answer<T>>): Promise<T | undefined> {
  const answer = await asked;
  const isRefused = !answer.ok && answer.error.kind === 'problem' && [403, 404].includes(answer.error.status);
  return isRefused ? undefined : valueOrThrow(answer);
}

interface Moment {
  readonly at: string;
  readonly what: string;
  readonly style?: Style;
  readonly detail: string | null;
}

/** What happened to an onboarding, oldest first: its calls, and what people did to it. */
function timelineColumns(
  onboarding: Onboarding,
  { attempts, audit }: { attempts: readonly Attempt[]; audit: readonly AuditEntry[] },
): Columns {
  const { createdAt, completedAt, status, lane, eventSourceArn, error } = onboarding;
  const moments: Moment[] = [{ at: createdAt, what: 'accepted', detail: lane }];
  moments.push(...attempts.map(attemptMoment));
  for (const { at, actor, action, reason } of audit)
    moments.push({
      at,
      what: action,
      style: 'strong',
      detail: `by ${actor}${reason === null ? '' : `: ${reason}`}`,
    });
  if (completedAt !== null) {
    const detail = eventSourceArn ?? error?.code ?? null;
    moments.push({ at: completedAt, what: status, style: STATUS_STYLE[status], detail });
  }
  // Stable: at the same millisecond an attempt stands before the end that it made.
  moments.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return {
    head: ['AT', 'WHAT', 'DETAIL'],
    rows: moments.map(({ at, what, style, detail }) => [{ instant: at }, { text: what, style }, detail]),
    cut: { DETAIL: 'start' },
  };
}

function attemptMoment(attempt: Attempt): Moment {
  const { at, number, outcome, errorCode, message, durationMs } = attempt;
  const said = [errorCode, message].filter((text) => text !== null).join(': ');
  return {
    at,
    what: `attempt ${number}`,
    detail: `${outcome}${said === '' ? '' : `, ${said}`} (${Math.round(durationMs)} ms)`,
    style: isSuccess(attempt) ? 'good' : 'doubtful',
  };
}

const isSuccess = ({ outcome }: Attempt): boolean => outcome === 'created' || outcome === 'adopted';

export function attemptsCommand(context: CommandContext): Command {
  const command = new Command('attempts')
    .description('List every AWS create call of an onboarding')
    .argument('<id>', 'onb_…', idWith('onb'));
  return withAction(command, context, {
    csv: true,
    examples: [`onboard attempts ${ID}`],
    async run(_, [id = '']) {
      const value = await call(context, (client) => client.attempts(id));
      return tableOutput(value, attemptColumns(value.items));
    },
  });
}

const attemptColumns = (attempts: readonly Attempt[]): Columns => ({
  head: ['NUMBER', 'REPLAY', 'OUTCOME', 'ERROR', 'MS', 'REQUEST', 'AT', 'MESSAGE'],
  rows: attempts.map((it) => [
    it.number,
    it.replay,
    { text: it.outcome, style: isSuccess(it) ? 'good' : undefined },
    it.errorCode,
    Math.round(it.durationMs),
    it.requestId,
    { instant: it.at },
    it.message,
  ]),
  cut: { ERROR: 'start', MESSAGE: 'start' },
  spare: ['REQUEST', 'REPLAY', 'MS'],
});

export function checkCommand(context: CommandContext): Command {
  const command = new Command('check')
    .description('Look at AWS now: has the customer accepted the source?')
    .argument('<id>', 'onb_…');
  return withAction(command, context, {
    examples: [`onboard check ${ID}`],
    run: async (_, [id = '']) => onboardingOutput(await call(context, (client) => client.check(id))),
  });
}

export function cancelCommand(context: CommandContext): Command {
  const command = new Command('cancel')
    .description(
      'Cancel an onboarding that is not provisioned; retries stop and its source name becomes free',
    )
    .argument('<id>', 'onb_…', idWith('onb'));
  return withAction<ReasonOptions>(command, context, {
    dryRunTells: 'check whether the onboarding can be cancelled',
    examples: [`onboard cancel ${ID} --reason "the customer sent another account"`],
    run: async ({ reason, dryRun }, [id = '']) =>
      onboardingOutput(await call(context, (client) => client.cancel(id, { reason }, { dryRun }))),
  });
}

const LONGEST_SECONDS = 7 * 86_400;

export function waitCommand(context: CommandContext): Command {
  const command = new Command('wait')
    .description('Wait until an onboarding has ended; exits with 0 if it is provisioned')
    .argument('<id>', 'onb_…', idWith('onb'))
    .option('--timeout <seconds>', 'stop waiting after this many seconds', wholeNumber(1, LONGEST_SECONDS));
  return withAction<{ readonly timeout?: number }>(command, context, {
    examples: [`onboard wait ${ID} --timeout 60`],
    async run({ timeout }, [id = '']) {
      const signal = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1_000);
      try {
        const onboarding = await call(context, (client) => client.waitFor(id, { signal }));
        return { ...onboardingOutput(onboarding), failed: onboarding.status !== 'provisioned' };
      } catch (error) {
        if (signal?.aborted !== true) throw error;
        throw new CommandFailed(
          `The onboarding has not ended within ${timeout ?? 0} s. Run "onboard show ${id}" for its status.`,
        );
      }
    },
  });
}
