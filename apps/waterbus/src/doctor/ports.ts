import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { lackOfExtraPorts } from '../media-settings.js';
import { probePort } from '../probe-port.js';
import type { Settings } from '../settings.js';
import { findWaterbus } from './find-waterbus.js';
import { type Finding, fail, ok, warn } from './finding.js';

/** Whether each port can be opened, or a running Waterbus has it. */
export async function examinePorts(settings: Settings): Promise<Finding[]> {
  const { httpPort, redirect, listenAddress } = settings;
  const host = listenAddress ?? '::';
  const running = (await findWaterbus(httpPort, listenAddress)) !== undefined;
  const findings = [await tcpPort(httpPort, host, 'HTTP_PORT', running)];
  if (redirect) findings.push(await tcpPort(redirect.port, host, 'REDIRECT_PORT', running));
  const { metrics } = settings;
  if (metrics) findings.push(await tcpPort(metrics.port, metrics.host, 'METRICS_PORT', running));
  return [...findings, ...(await examineMediaPorts(settings, running))];
}

async function examineMediaPorts(settings: Settings, running: boolean): Promise<Finding[]> {
  const { mediaPort, mediaWorkers, mediaExtraPorts, mediaTcp } = settings;
  if (mediaPort === 0) return [ok('ports', 'each media worker takes any free port')];
  const workers = Array.from({ length: mediaWorkers }, (_, index) => mediaPort + index);
  const denied: number[] = [];
  for (const port of [...workers, ...mediaExtraPorts]) if (!(await udpIsFree(port))) denied.push(port);
  const extra = mediaExtraPorts.length > 0 ? ` and ${mediaExtraPorts.join(', ')}` : '';
  const ports = `UDP ${mediaPort} to ${mediaPort + mediaWorkers - 1}${extra}`;
  const findings: Finding[] = [];
  const lack = lackOfExtraPorts(settings);
  if (lack) findings.push(warn('ports', lack, REMEDY_OF_FEW));
  if (denied.length === 0) findings.push(ok('ports', `${ports} can be opened`));
  else if (running) findings.push(ok('ports', `${ports}: a running Waterbus has ${denied.length} of them`));
  else {
    const settingsOfThem = extra ? 'MEDIA_PORT or MEDIA_EXTRA_PORTS' : 'MEDIA_PORT';
    findings.push(
      fail(
        'ports',
        `UDP ${denied.join(', ')} cannot be opened`,
        `end the other program, or set another ${settingsOfThem}`,
      ),
    );
  }
  if (!mediaTcp) return findings;
  const tcp = await Promise.all(workers.map((port) => tcpPort(port, '::', 'MEDIA_PORT, or MEDIA_TCP=0', running)));
  return [...findings, ...tcp.filter(({ state }) => state !== 'ok')];
}

/** One port for all workers, of this server and others, is that of TURN. */
const REMEDY_OF_FEW = 'name one for each worker, or leave the port to TURN over UDP, which reaches all: TURN_PORT=443';

async function tcpPort(port: number, host: string, setting: string, running: boolean): Promise<Finding> {
  try {
    await probePort(port, host).catch((error) => {
      if (host === '::' && error.code === 'EAFNOSUPPORT') return probePort(port, '0.0.0.0');
      throw error;
    });
    return ok('ports', `TCP ${port} can be opened`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && running) return ok('ports', `TCP ${port}: a running Waterbus has it`);
    const remedy =
      code === 'EACCES'
        ? 'sysctl net.ipv4.ip_unprivileged_port_start=80, or the capability CAP_NET_BIND_SERVICE'
        : `end the other program (ss -ltnp 'sport = :${port}'), or set another ${setting}`;
    return fail('ports', `TCP ${port} cannot be opened (${code})`, remedy);
  }
}

async function udpIsFree(port: number): Promise<boolean> {
  const socket = createSocket({ type: 'udp4' });
  try {
    socket.bind(port);
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
