import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { lackOfExtraPorts } from '../media-settings.js';
import { probePort } from '../probe-port.js';
import type { Settings } from '../settings.js';
import { mediaRanges, refusalOf } from '../upgrade/slots.js';
import { findWaterbus } from './find-waterbus.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { rangesOf, shown } from './port-ranges.js';

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

/**
 * Both ranges, between which upgrades alternate. A taken port of the second one prevents no start,
 * unless the running version has it.
 */
async function examineMediaPorts(settings: Settings, running: boolean): Promise<Finding[]> {
  const { mediaWorkers, mediaExtraPorts } = settings;
  const ranges = mediaRanges(settings);
  if (!ranges) return [ok('ports', 'each media worker takes any free port')];
  const lack = lackOfExtraPorts(settings);
  const refusal = refusalOf(settings, 'a');
  const range = (first: number) => Array.from({ length: mediaWorkers }, (_, index) => first + index);
  const own = await examineRange(settings, [...range(ranges.a), ...mediaExtraPorts], running);
  const name = shown(rangesOf(range(ranges.a)));
  if (refusal) own.push(warn('ports', `an upgrade would end all calls: ${refusal}`, REMEDY_OF_REFUSAL));
  else {
    const other = await examineRange(settings, range(ranges.b), running);
    for (const { state, message } of other) {
      if (state === 'fail') own.push(warn('ports', `an upgrade would fail: ${message}`, REMEDY_OF_SECOND));
      else own.push(ok('ports', `${message}; \`waterbus upgrade\` alternates with ${name}: open both in the firewall`));
    }
  }
  return [...(lack ? [warn('ports', lack, REMEDY_OF_FEW)] : []), ...own];
}

async function examineRange(settings: Settings, ports: readonly number[], running: boolean): Promise<Finding[]> {
  const denied: number[] = [];
  for (const port of ports) if (!(await udpIsFree(port))) denied.push(port);
  const findings: Finding[] = [];
  const name = `UDP ${shown(rangesOf(ports))}`;
  const settingsOfThem = settings.mediaExtraPorts.length > 0 ? 'MEDIA_PORT or MEDIA_EXTRA_PORTS' : 'MEDIA_PORT';
  if (denied.length === 0) findings.push(ok('ports', `${name} can be opened`));
  else if (running) findings.push(ok('ports', `${name}: a running Waterbus has ${denied.length} of them`));
  else {
    const remedy = `end the other program, or set another ${settingsOfThem}`;
    findings.push(fail('ports', `UDP ${denied.join(', ')} cannot be opened`, remedy));
  }
  if (!settings.mediaTcp) return findings;
  const isExtra = (port: number) => settings.mediaExtraPorts.includes(port);
  const workers = ports.filter((port) => !isExtra(port));
  const tcp = await Promise.all(workers.map((port) => tcpPort(port, '::', 'MEDIA_PORT, or MEDIA_TCP=0', running)));
  return [...findings, ...tcp.filter(({ state }) => state !== 'ok')];
}

const REMEDY_OF_REFUSAL = 'set another MEDIA_PORT, or restart for a new version (docs/operations.md)';

const REMEDY_OF_SECOND =
  'end the other program, or set another MEDIA_PORT: each upgrade changes to the other range, which has as many ports';

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
