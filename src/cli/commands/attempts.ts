import { Command } from 'commander';
import type { Attempt } from '../../domain/onboarding.ts';
import { withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { printList, withJsonAndCsv, type OutputOptions } from '../output.ts';
import type { Style } from '../view/style.ts';
import type { Columns } from '../view/table.ts';

const STYLES: Partial<Record<Attempt['outcome'], Style>> = { created: 'good', adopted: 'good' };

export function attemptsCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('attempts')
    .description('List every AWS create call of an onboarding')
    .argument('<id>', 'onb_…')
    .action(async (id: string, options: OutputOptions) => {
      const client = await openClient();
      const value = await valueOf(client.attempts(id));
      printList(terminal, options, { value, columns: attemptColumns(value.items) });
    });
  return withExamples(withJsonAndCsv(command), 'onboard attempts onb_01kaqk3v6m8x2c5d7f9h1j3n5q');
}

const attemptColumns = (attempts: readonly Attempt[]): Columns => ({
  head: ['NUMBER', 'REPLAY', 'OUTCOME', 'ERROR', 'MS', 'REQUEST', 'AT', 'MESSAGE'],
  rows: attempts.map((it) => [
    it.number,
    it.replay,
    { text: it.outcome, style: STYLES[it.outcome] },
    it.errorCode,
    Math.round(it.durationMs),
    it.requestId,
    { instant: it.at },
    it.message,
  ]),
  cut: { ERROR: 'start', MESSAGE: 'start' },
  spare: ['REQUEST', 'REPLAY', 'MS'],
});
