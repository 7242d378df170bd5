import { Command } from 'commander';
import type { AuditEntry, AuditFilter } from '../../client/wire.ts';
import { given, idWith, someText, withPage, withPeriod, type PageChoice } from '../arguments.ts';
import { call, withAction, type CommandContext } from '../command.ts';
import { pageOutput } from '../output.ts';
import type { Columns } from '../view/table.ts';

export function auditCommand(context: CommandContext): Command {
  const filtered = new Command('audit')
    .description('List operator actions with actor and reason, newest first')
    .option('--actor <name>', 'only by the token with this name', someText)
    .option('--action <action>', 'only this action, such as replay', someText)
    .option('--subject <id>', 'only this onboarding, replay, webhook delivery or Region', someText);
  filtered.option(
    '--replay <id>',
    'each onboarding of this bulk replay, which is one entry otherwise',
    idWith('rpl'),
  );
  const command = withPage(withPeriod(filtered, '', context.terminal.now), 50);
  return withAction<AuditFilter & PageChoice & { readonly replay?: string }>(command, context, {
    csv: true,
    examples: ['onboard audit --actor maria --from 7d', 'onboard audit --subject eu-west-1 --json'],
    async run({ actor, action, subject, replay: replayId, from, to, limit, cursor }) {
      const folded = subject === undefined && replayId === undefined ? true : undefined;
      const filter = given({ actor, action, subject, replayId, folded, from, to });
      const page = await call(context, (client) => client.audit(filter, { limit, cursor }));
      return pageOutput(page, auditColumns(page.items));
    },
  });
}

const auditColumns = (entries: readonly AuditEntry[]): Columns => ({
  head: ['AT', 'ACTOR', 'ACTION', 'SUBJECT', 'REASON', 'CHANGED', 'ID'],
  rows: entries.map((it) => [
    { instant: it.at },
    it.actor,
    it.action,
    it.subject,
    it.reason,
    changeText(it.before, it.after),
    it.id,
  ]),
  cut: { REASON: 'start', CHANGED: 'start', ACTOR: 'start' },
  spare: ['ID', 'CHANGED'],
});

/** The fields that differ: `status: failed → queued`. */
function changeText(before: unknown, after: unknown): string | null {
  if (!isFields(before) || !isFields(after)) return null;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name}: ${valueText(before[name])} → ${valueText(after[name])}`)
    // What fits a table stands in front.
    .sort((one, other) => one.length - other.length);
  return changes.length === 0 ? null : changes.join(', ');
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
