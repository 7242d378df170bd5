import { Command } from 'commander';
import { aborted } from '../../runtime/aborted.ts';
import { onStopSignal } from '../../runtime/stop-signal.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { wholeNumber, withExamples } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandFailed } from '../failures.ts';
import { printJson, withJson, type OutputOptions } from '../output.ts';
import { quietLog } from '../quiet-log.ts';

interface SandboxOptions extends OutputOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir?: string;
}

export function sandboxCommand({ terminal }: CommandContext): Command {
  const command = new Command('sandbox')
    .description('Run the stand-in for EventBridge’s partner API until Ctrl-C')
    .option('--host <address>', 'address to listen on; it checks no signature, so keep it local', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535), 4010)
    .option('--data-dir <folder>', 'keep its books there (default: in memory)')
    .action(async ({ host, port, dataDir, json }: SandboxOptions) => {
      const stopping = onStopSignal(quietLog(terminal));
      const sandbox = await started({ host, port, ...(dataDir === undefined ? {} : { dataDir }) });
      const environment = `AWS_MODE=live AWS_ENDPOINT_URL_EVENTBRIDGE=${sandbox.url} AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y PARTNER_NAME=acme.example`;
      if (json === true) printJson(terminal, { url: sandbox.url, port: sandbox.port, environment });
      else terminal.out(`${sandbox.url}\n${environment}\n`);
      terminal.err('The sandbox runs; Ctrl-C ends it.\n');
      await aborted(stopping);
      await sandbox.close();
    });
  return withExamples(withJson(command), 'onboard sandbox --port 4010');
}

async function started(options: Parameters<typeof startSandbox>[0]): ReturnType<typeof startSandbox> {
  try {
    return await startSandbox(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CommandFailed(`Port ${options?.port ?? 0} is taken: give another one, or --port 0.`);
  }
}
