import { Argument, Command } from 'commander';
import { LOSS_DECISIONS, type LossDecision } from '../../domain/check.ts';
import type { RegionState } from '../../client/wire.ts';
import { regionName } from '../arguments.ts';
import { call, withAction, type CommandContext, type ReasonOptions } from '../command.ts';
import { regionStateText } from '../view/region.ts';
import { safeText } from '../view/text.ts';

export const pauseCommand = (context: CommandContext): Command =>
  regionCommand(context, {
    name: 'pause',
    method: 'pauseRegion',
    description: 'Pause a Region: no AWS calls and no failures until it is resumed',
    reason: 'AWS asked us to hold off',
  });

export const resumeCommand = (context: CommandContext): Command =>
  regionCommand(context, {
    name: 'resume',
    method: 'resumeRegion',
    description: 'Resume a paused or drained Region',
    reason: 'quota was raised',
  });

export const drainCommand = (context: CommandContext): Command =>
  regionCommand(context, {
    name: 'drain',
    method: 'drain',
    description: 'Drain a Region: queued jobs finish, and new onboardings wait until it is resumed',
    reason: 'moving this Region’s workers',
  });

export function lossesCommand(context: CommandContext): Command {
  const command = new Command('losses')
    .description('Judge the missing sources that stopped a Region’s looks at AWS')
    .argument('<region>', 'such as eu-west-1')
    .addArgument(
      new Argument('<decision>', 'confirm: they are gone; dismiss: look at all again').choices(
        LOSS_DECISIONS,
      ),
    );
  return withAction<ReasonOptions>(command, context, {
    dryRunTells: 'show the result without changing the Region',
    examples: ['onboard losses eu-west-1 dismiss --reason "the role was wrong"'],
    async run({ reason, dryRun }, [region = '', decision = '']) {
      const action = decision as LossDecision;
      const value = await call(context, (client) =>
        client.judgeLosses(region, { action, reason }, { dryRun }),
      );
      return { value, parts: [() => stateLine(value)] };
    },
  });
}

interface RegionChange {
  readonly name: string;
  readonly method: 'pauseRegion' | 'resumeRegion' | 'drain';
  readonly description: string;
  /** For the example. */
  readonly reason: string;
}

function regionCommand(
  context: CommandContext,
  { name, method, description, reason: example }: RegionChange,
): Command {
  const command = new Command(name)
    .description(description)
    .argument('<region>', 'such as eu-west-1', regionName);
  return withAction<ReasonOptions>(command, context, {
    dryRunTells: 'show the result without changing the Region',
    examples: [`onboard ${name} eu-west-1 --reason "${example}"`],
    async run({ reason, dryRun }, [region = '']) {
      const value = await call(context, (client) => client[method](region, { reason }, { dryRun }));
      return { value, parts: [() => stateLine(value)] };
    },
  });
}

function stateLine(state: RegionState): string {
  const { pause, region } = state;
  const by = pause === null ? '' : ` by ${pause.actor} since ${pause.since}: ${pause.reason}`;
  return `${safeText(`${region}: ${regionStateText(state)}${by}`)}\n`;
}
