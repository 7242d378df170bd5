import { Command } from 'commander';
import type { AuditFilter } from '../../client/audit-answers.ts';
import { given, instantReader, wholeNumber, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { printList, sayThereAreMore, withJsonAndCsv, type OutputOptions } from '../output.ts';
import { auditColumns } from '../view/audit.ts';

type Options = AuditFilter & OutputOptions & { readonly limit: number; readonly cursor?: string };

export function auditCommand(context: CommandContext): Command {
  const instant = instantReader(context.terminal.now);
  const command = new Command('audit')
    .description('List who did what, when and why, newest first')
    .option('--actor <name>', 'only by this token’s name')
    .option('--action <action>', 'only this action, such as replay')
    .option('--subject <id>', 'only what was done to this onboarding, replay, webhook delivery or Region')
    .option('--from <instant>', 'at or after: ISO 8601, or so long ago (90m, 24h, 7d)', instant)
    .option('--to <instant>', 'at or before, likewise', instant)
    .option('--limit <count>', 'at most so many', wholeNumber(1, 200), 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: Options) => list(context, options));
  return withExamples(
    withJsonAndCsv(command),
    'onboard audit --actor maria --from 7d',
    'onboard audit --subject eu-west-1 --json',
  );
}

async function list({ terminal, openClient }: CommandContext, options: Options): Promise<void> {
  const { actor, action, subject, from, to, limit, cursor } = options;
  const client = await openClient();
  const page = await valueOf(
    client.audit(given({ actor, action, subject, from, to }), { limit, ...given({ cursor }) }),
  );
  printList(terminal, options, { value: page, columns: auditColumns(page.items) });
  sayThereAreMore(terminal, page.nextCursor);
}
