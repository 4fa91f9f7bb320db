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
  if (test.signalling === 'blocked') return NO_SIGNALLING;
  // A relay over UDP is a detour without a delay that users would notice.
  if (test.udp !== 'blocked' || test.relay.udp === 'open') return undefined;
  if (test.relay.tcp === 'open' || test.relay.tls === 'open') return SLOW;
  if (test.tcp === 'unknown') return { ...UNCERTAIN, text: `${UNCERTAIN.text} ${portAdvice(test, host)}` };
  return { ...NOTHING_OPEN, text: `${NOTHING_OPEN.text} ${portAdvice(test, host)}` };
}

/**
 * The next step where UDP is blocked; it names ports that an administrator of the network can open.
 */
export function portAdvice({ ports }: ConnectionTest, host: string): string {
  const [udp, tcp] = [ports.udp[0], ports.tcp.includes(443) ? 443 : ports.tcp[0]];
  const named = [udp && `UDP port ${udp}`, tcp && `TCP port ${tcp}`].filter(Boolean).join(' or ');
  return `Try another network, or ask your administrator to open ${named} of ${host}.`;
}

const NO_SIGNALLING: Advice = {
  severity: 'blocked',
  title: 'Your network blocks the connection to the call.',
  text: 'A proxy or firewall stops WebSockets, so you can’t join from here. Try another network, or ask your administrator to allow them.',
};

const SLOW: Advice = {
  severity: 'slow',
  title: 'Your network blocks UDP.',
  text: 'You can join; sound and pictures may lag.',
};

const UNCERTAIN: Advice = {
  severity: 'slow',
  title: 'Your network blocks UDP.',
  text: 'Sound and pictures may lag, or not come through.',
};

const NOTHING_OPEN: Advice = {
  severity: 'blocked',
  title: 'Your network lets no call through.',
  text: 'You can join and chat, but there will be no sound and no pictures.',
};
