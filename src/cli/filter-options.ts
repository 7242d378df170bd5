import type { Command } from 'commander';
import type { ListFilter } from '../client/wire.ts';
import { given, instantReader, someText } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** Which onboardings are meant, by what one can say about them; all that is given must hold. */
export type FilterOptions = Omit<ListFilter, 'status'>;

/** The options that a list and a bulk replay have in common. */
export function withFilter(command: Command, { terminal }: CommandContext): Command {
  const instant = instantReader(terminal.now);
  return command
    .option('--region <region>', 'only this Region', someText)
    .option('--account <id>', 'only this AWS account', someText)
    .option('--customer, --customer-id <id>', 'only this customer', someText)
    .option('--error-code <code>', 'only with this last error', someText)
    .option('--q <text>', 'part of source name, customer, account or a metadata value', someText)
    .option('--from <instant>', 'created at or after: ISO 8601, or so long ago (90m, 24h, 7d)', instant)
    .option('--to <instant>', 'created at or before, likewise', instant);
}

export function filterOf({
  region,
  account,
  customerId,
  errorCode,
  q,
  from,
  to,
}: FilterOptions): FilterOptions {
  return given({ region, account, customerId, errorCode, q, from, to });
}
