/** Makes one create call at an endpoint, with the real gateway. Argument: the endpoint. HTTPS_PROXY is used. Prints the reply as one line of JSON. */
import { gatewayAt, SOURCE } from '../aws-gateway.ts';

const [endpoint = ''] = process.argv.slice(2);
const https = process.env['HTTPS_PROXY'];
const proxies = { http: undefined, https, none: [] };
const gateway = gatewayAt(endpoint, { proxies });
const reply = await gateway.create(SOURCE, new AbortController().signal);
gateway.close();
process.stdout.write(`${JSON.stringify(reply)}\n`);
