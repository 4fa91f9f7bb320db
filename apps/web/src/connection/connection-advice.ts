import { t } from '@lingui/core/macro';
import type { ConnectionTest } from '@waterbus/client';

export interface Advice {
  /** `slow`: the call works with delays; `blocked`: it does not work. */
  severity: 'slow' | 'blocked';
  /** The blocked protocols or paths. */
  title: string;
  /** The effect, and the next step. */
  text: string;
}

/**
 * The explanation of a test of the network for users; undefined where the call works as well as it
 * can, or where the test shows nothing. `host`: the name by which users know the server.
 */
export function connectionAdvice(test: ConnectionTest, host: string): Advice | undefined {
  if (test.signalling === 'blocked') return noSignalling();
  // A relay over UDP is a detour without a delay that users would notice.
  if (test.udp !== 'blocked' || test.relay.udp === 'open') return undefined;
  if (test.relay.tcp === 'open' || test.relay.tls === 'open') return slowTexts();
  if (test.tcp === 'unknown') return { ...uncertain(), text: `${uncertain().text} ${portAdvice(test, host)}` };
  return { ...nothingOpen(), text: `${nothingOpen().text} ${portAdvice(test, host)}` };
}

/**
 * The next step where UDP is blocked; it names ports that an administrator of the network can open.
 */
export function portAdvice({ ports }: ConnectionTest, host: string): string {
  const [udp, tcp] = [ports.udp[0], ports.tcp.includes(443) ? 443 : ports.tcp[0]];
  if (udp && tcp)
    return t`Try another network, or ask your administrator to open UDP port ${udp} or TCP port ${tcp} of ${host}.`;
  if (udp) return t`Try another network, or ask your administrator to open UDP port ${udp} of ${host}.`;
  return t`Try another network, or ask your administrator to open TCP port ${{ tcp: tcp ?? 443 }} of ${host}.`;
}

const noSignalling = (): Advice => ({
  severity: 'blocked',
  title: t`Your network blocks the connection to the call.`,
  text: t`A proxy or firewall stops WebSockets, so you can’t join from here. Try another network, or ask your administrator to allow them.`,
});

const slowTexts = (): Advice => ({
  severity: 'slow',
  title: t`Your network blocks UDP.`,
  text: t`You can join; sound and pictures may lag.`,
});

const uncertain = (): Advice => ({
  severity: 'slow',
  title: t`Your network blocks UDP.`,
  text: t`Sound and pictures may lag, or not come through.`,
});

const nothingOpen = (): Advice => ({
  severity: 'blocked',
  title: t`Your network lets no call through.`,
  text: t`You can join and chat, but there will be no sound and no pictures.`,
});
