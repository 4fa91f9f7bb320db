import type { ServerLoad } from '../servers/server-reading.js';
import { type JoinStep, joinSteps } from './join-figures.js';
import { remedyOf } from './remedies.js';
import type { Report, StreamsReport } from './report.js';

/** The report for people, a line each. */
export function tableOf(report: Report): string[] {
  const { joins, receivers, servers, tester } = report;
  const failures = Object.entries(joins.failures);
  return [
    '',
    `joins        ${joins.succeeded} of ${joins.begun}${failures.length > 0 ? ', refused or failed:' : ''}`,
    ...failures.flatMap(([code, { count, detail }]) => [
      `             ${String(count).padStart(5)} × ${code}${detail && detail !== code ? ` (${detail})` : ''}`,
      ...remedyOf(code).map((remedy) => `                     → ${remedy}`),
    ]),
    ...Object.entries(report.losses).map(([code, count]) => `lost later   ${String(count).padStart(5)} × ${code}`),
    '',
    `${'ms after the join began'.padEnd(28)}${['count', 'p50', 'p95', 'p99'].map(column).join('')}`,
    ...joinSteps.map((step) => {
      const { count, p50, p95, p99 } = joins.times[step];
      return `  ${STEPS[step].padEnd(26)}${[String(count), ms(p50), ms(p95), ms(p99)].map(column).join('')}`;
    }),
    '',
    `${''.padEnd(28)}${['sound', 'pictures'].map(column).join('')}`,
    ...rows(report),
    `  per receiver              ${column(`${(receivers.bitsPerSecond / 1e6).toFixed(2)} Mbit/s`)}${column(
      `${receivers.packetsPerSecond.toFixed(0)} packets/s`,
    )}`,
    ...layerLines(report),
    `  publishers                ${column(`${report.sent.packets} sent`)}${column(
      `${percent(report.sent.lossBeforeRepair)} lost`,
    )}${column(`${report.sent.resent} again`)}`,
    '',
    ...servers.map((server) => serverLine(server, report)),
    `tester       ${tester.cores.toFixed(2)} cores, ${tester.busiest.toFixed(2)} in the busiest second; packets left ` +
      `${ms(tester.lateness.p50)} ms late (p99 ${ms(tester.lateness.p99)}); ${tester.machine}`,
    ...(tester.isBottleneck
      ? [
          `WARNING      The tester or its machine was the bottleneck${tester.dropped > 0 ? ` (${tester.dropped} datagrams dropped here)` : ''}: ` +
            'loss, delay and join times are not those of the server. Start it on a faster or on several machines.',
        ]
      : []),
  ];
}

/** The work for each packet compares servers and runs, also of different sizes. */
function serverLine({ name, cores, residentBytes }: ServerLoad, { seconds, audio, video }: Report): string {
  const packets = audio.packets + video.packets;
  const memory = residentBytes === undefined ? '' : `, ${(residentBytes / 2 ** 20).toFixed(0)} MiB`;
  const work = packets > 0 ? `, ${((cores * seconds * 1e6) / packets).toFixed(1)} µs a received packet` : '';
  return `server       ${cores.toFixed(2)} cores${work}${memory}  ${name}`;
}

function rows({ audio, video }: Report): string[] {
  const row = (label: string, of: (streams: StreamsReport) => string) =>
    `  ${label.padEnd(26)}${column(of(audio))}${column(of(video))}`;
  return [
    row('streams received', ({ received, expected }) => `${received} of ${expected}`),
    row('packets', ({ packets }) => String(packets)),
    row('lost before repair', ({ lossBeforeRepair }) => percent(lossBeforeRepair)),
    row('lost', ({ loss }) => percent(loss)),
    row('first 5 s: delay p50, ms', ({ delayAtStart }) => ms(delayAtStart.p50)),
    row('           delay p99, ms', ({ delayAtStart }) => ms(delayAtStart.p99)),
    row('delay p50, ms', ({ delay }) => ms(delay.p50)),
    row('delay p95, ms', ({ delay }) => ms(delay.p95)),
    row('delay p99, ms', ({ delay }) => ms(delay.p99)),
    row('gaps above 200 ms', ({ gaps }) => String(gaps)),
    row('longest of them, ms', ({ longestGap }) => longestGap.toFixed(0)),
  ];
}

function layerLines({ layers, paused }: Report): string[] {
  const shares = layers.map((share, layer) => `${layer}: ${(100 * share).toFixed(0)} %`).join(', ');
  return [
    ...(layers.length > 1 ? [`  frames by layer             ${shares}`] : []),
    ...Object.entries(paused).map(([cause, count]) => `  pictures not sent at the end ${count} (${cause})`),
  ];
}

function column(text: string): string {
  return text.padStart(16);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.001 ? 4 : 2)} %`;
}

function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

const STEPS: Record<JoinStep, string> = {
  admitted: 'admitted by the API',
  joined: 'in the room (signalling)',
  connected: 'media connected',
  firstSound: 'first sound packet',
  firstPicture: 'first picture packet',
};
