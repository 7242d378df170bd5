import { Command } from 'commander';
import { leastPrivilegePolicy } from '../../domain/iam-policy.ts';
import { refusal, type Parsed, type Parser } from '../../runtime/config-parsers.ts';
import { VARIABLES } from '../../runtime/config-variables.ts';
import { withAction, type CommandContext } from '../command.ts';
import { Misuse } from '../failures.ts';
import { safeJson } from '../view/text.ts';

interface PolicyOptions {
  readonly partner?: string;
  readonly regions?: string;
}

/** Needs no service: the policy follows from partner and Regions alone. It is JSON with or without `--json`. */
export function iamPolicyCommand(context: CommandContext): Command {
  const { env } = context;
  const command = new Command('iam-policy')
    .description('Print the least-privilege IAM policy for the service')
    .option('--partner <name>', 'the registered domain name (default: PARTNER_NAME)')
    .option(
      '--regions <list>',
      `comma list of Regions (default: REGIONS, else ${VARIABLES.REGIONS.default})`,
    );
  return withAction<PolicyOptions>(command, context, {
    examples: ['onboard iam-policy --partner acme.example --regions us-east-1,eu-west-1'],
    run(options) {
      const partner = options.partner ?? env['PARTNER_NAME'];
      const regions = options.regions ?? env['REGIONS'] ?? VARIABLES.REGIONS.default;
      if (partner === undefined || partner === '')
        throw new Misuse('Use --partner or set PARTNER_NAME: the policy names the partner’s sources.');
      const policy = leastPrivilegePolicy({
        partner: read('--partner', VARIABLES.PARTNER_NAME.parse, partner),
        regions: read('--regions', VARIABLES.REGIONS.parse, regions),
      });
      return Promise.resolve({ value: policy, parts: [() => `${safeJson(policy)}\n`] });
    },
  });
}

function read<T>(what: string, parse: Parser<T>, text: string): T {
  const parsed: Parsed<T> = parse(text);
  if (!parsed.ok) throw new Misuse(`${refusal(what, text, { parsed, isSecret: false })}.`);
  return parsed.value;
}
