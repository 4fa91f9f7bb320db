import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6 } from 'node:net';

/** The origin of the Waterbus that runs on this port of this machine, if one does. */
export async function findWaterbus(port: number, listenAddress = 'localhost'): Promise<URL | undefined> {
  const host = /^(::|0\.0\.0\.0)$/.test(listenAddress) ? 'localhost' : listenAddress;
  const [plain, tls] = await Promise.all([health(requestHttp, host, port), health(requestHttps, host, port)]);
  const scheme = plain === HEALTHY ? 'http' : tls === HEALTHY ? 'https' : undefined;
  return scheme && new URL(`${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`);
}

function health(request: typeof requestHttps, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    // The certificate is of another name than this host.
    const options = { host, port, path: '/healthz', rejectUnauthorized: false, timeout: HEALTH_TIMEOUT };
    const asked = request(options, (response) => {
      let body = '';
      response.on('data', (chunk) => (body = (body + chunk).slice(0, 100)));
      response.on('close', () => resolve(body));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

const HEALTHY = '{"status":"ok"}';

/** Milliseconds. */
const HEALTH_TIMEOUT = 2000;
