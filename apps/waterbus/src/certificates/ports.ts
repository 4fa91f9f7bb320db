import { probePort } from '../probe-port.js';
import type { Settings } from '../settings.js';
import { DEFAULT_HTTP_PORT } from '../tls-settings.js';

/**
 * The settings with the ports that this process can open, and lines about those that it cannot. A
 * certificate that no setting asks for by name gives way to a reverse proxy on this machine: where
 * its port is taken or not permitted, the page is served as plain HTTP on `plainPort`. Rejects
 * as `listen` does for ports that a setting names.
 */
export async function settlePorts(
  settings: Settings,
  host: string,
  plainPort = DEFAULT_HTTP_PORT,
): Promise<{ settings: Settings; notes: string[] }> {
  const { acme, httpPort, redirect } = settings;
  try {
    await probePort(httpPort, host);
  } catch (error) {
    if (!acme || acme.certain || !blocked(error)) throw error;
    await probePort(plainPort, host);
    return {
      settings: { ...settings, httpPort: plainPort, acme: undefined, redirect: undefined },
      notes: [proxyAssumed(httpPort, plainPort, error)],
    };
  }
  if (!redirect) return { settings, notes: [] };
  try {
    await probePort(redirect.port, host);
  } catch (error) {
    if (redirect.certain || !blocked(error)) throw error;
    return { settings: { ...settings, redirect: undefined }, notes: [withoutRedirect(redirect.port, error)] };
  }
  return { settings, notes: [] };
}

function blocked(error: unknown): error is NodeJS.ErrnoException {
  return ['EADDRINUSE', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function proxyAssumed(port: number, plainPort: number, { code }: NodeJS.ErrnoException): string {
  const cause =
    code === 'EADDRINUSE'
      ? `Port ${port} is taken by another program, as by a reverse proxy that holds the certificate`
      : `This user may not open port ${port}, as behind a reverse proxy that holds the certificate`;
  const remedy =
    code === 'EADDRINUSE'
      ? 'stop the program'
      : 'permit it (sysctl net.ipv4.ip_unprivileged_port_start=80, or the capability CAP_NET_BIND_SERVICE)';
  return `${cause}: the page is plain HTTP on port ${plainPort}. With a proxy, set TRUSTED_PROXIES; without one, ${remedy} and set ACME=on.`;
}

function withoutRedirect(port: number, { code }: NodeJS.ErrnoException): string {
  const cause = code === 'EADDRINUSE' ? 'is taken by another program' : 'may not be opened by this user';
  return `Port ${port} ${cause}: nothing redirects http to https, and the certificate is checked on the https port only.`;
}
