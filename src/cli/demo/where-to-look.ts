import type { Terminal } from '../terminal.ts';
import { detailsText } from '../view/table.ts';
import { safeText } from '../view/text.ts';
import type { DemoFolder } from './demo-folder.ts';

export function printWhereToLook(
  { out, err }: Terminal,
  where: { url: string; loginLink: string | undefined; folder: DemoFolder; failures: number | undefined },
): void {
  const { url, loginLink, folder, failures } = where;
  const token = folder.show('admin-token');
  out(
    `\n${detailsText([
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
    ])}`,
  );
  const onboard = failures === undefined ? ['stats', 'watch'] : ['failures', 'replay --help', 'watch'];
  out(
    `\nTry\n  curl -H "Authorization: Bearer $(cat ${token})" '${url}/v1/onboardings?status=failed&limit=5'\n` +
      `  export ONBOARD_URL=${safeText(url)} DATA_DIR=${folder.show()}\n` +
      onboard.map((line) => `  npx onboard ${line}\n`).join(''),
  );
  err('\nThe service stays up until Ctrl-C.\n');
}
