import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';

/**
 * The types of settings. Each rejects a text with a phrase that follows the name of the setting.
 */

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const integer = (least: number, most: number) =>
  z.string().transform((text, context) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    context.addIssue({ code: 'custom', message: `must be a whole number from ${least} to ${most}` });
    return z.NEVER;
  });

export const byteCount = z.string().transform((text, context) => {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  context.addIssue({ code: 'custom', message: 'must be a number of bytes from 1 on' });
  return z.NEVER;
});

/** Ends of file names, with or without the dot, separated by commas. */
export const nameEnds = z.string().transform((text, context) => {
  const ends = text.split(',').map((end) => end.trim().toLowerCase().replace(/^\./, ''));
  if (ends.every((end) => /^[^.\s/\\]{1,20}$/.test(end))) return ends;
  context.addIssue({ code: 'custom', message: 'must be ends of file names such as pdf, with commas between' });
  return z.NEVER;
});

/** Ports, separated by commas. */
export const portList = z.string().transform((text, context) => {
  const list = text.split(',').map((port) => (/^\s*\d{1,5}\s*$/.test(port) ? Number(port) : Number.NaN));
  if (list.every((port) => port >= 1 && port <= 65_535) && new Set(list).size === list.length) return list;
  context.addIssue({ code: 'custom', message: 'must be different ports from 1 to 65535, with commas between' });
  return z.NEVER;
});

export const file = z.string().refine(existsSync, 'names a file that does not exist');

export const url = (...protocols: string[]) =>
  z.string().refine(
    (text) => {
      return URL.canParse(text) && protocols.includes(new URL(text).protocol);
    },
    `must be an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );

/**
 * IP addresses, names of hosts and `auto`, separated by commas; the lists of several servers with
 * semicolons between.
 */
export const announcedAddresses = z.string().transform((text, context) => {
  const lists = text.split(';').map((list) => list.split(',').map((address) => address.trim()));
  const wrong = lists.flat().find((address) => address !== 'auto' && isIP(address) === 0 && !HOST_NAME.test(address));
  if (wrong === undefined) return lists;
  const message = `must be IP addresses, names of hosts or auto, with commas between; '${wrong}' is none of them`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Addresses and networks in CIDR notation, separated by commas. */
export const networks = z.string().transform((text, context) => {
  const list = text.split(',').map((network) => network.trim());
  const wrong = list.find((network) => !isNetwork(network));
  if (wrong === undefined) return list;
  const message = `must be IP addresses and networks such as 10.0.0.0/8 with commas between; '${wrong}' is not one`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Excludes the whole internet (`/0`), which would trust everybody. */
function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128)));
}

/** One address to listen on. */
export const address = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address, such as 127.0.0.1 or ::');

export interface HostPort {
  host: string;
  port: number;
}

/** `host:port`, separated by commas. */
export const hostList = z.string().transform((text, context) => {
  const list = text.split(',').map((one) => /^\s*([^\s:,/]+|\[[0-9a-f:]+\]):(\d{1,5})\s*$/i.exec(one));
  if (list.every((one) => one !== null)) {
    return list.map(([, host = '', port]) => ({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }));
  }
  context.addIssue({ code: 'custom', message: 'must be host:port, with commas between' });
  return z.NEVER;
});

export const flag = z.enum(['0', '1'], 'must be 0 or 1').transform((text) => text === '1');

/** `http(s)://host[:port]`, without a path. */
export const origin = z.string().transform((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const web = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  if (parsed && web && parsed.pathname === '/' && !/[?#@]/.test(text)) return parsed.origin;
  context.addIssue({ code: 'custom', message: 'must be an origin such as https://meet.example.org, without a path' });
  return z.NEVER;
});

/** Origins, separated by commas. */
export const originList = z.string().transform((text, context) => {
  const list = text.split(',').map((one) => origin.safeParse(one.trim()));
  if (list.every((one) => one.success)) return list.map((one) => one.data as string);
  context.addIssue({ code: 'custom', message: 'must be origins such as https://ws.example.org with commas between' });
  return z.NEVER;
});

/** E-mail addresses and ids of accounts, separated by commas. */
export const accountList = z.string().transform((text, context) => {
  const list = text.split(',').map((one) => one.trim().toLowerCase());
  const wrong = list.find((one) => !z.union([z.email(), z.uuid()]).safeParse(one).success);
  if (wrong === undefined) return list;
  const message = `must be e-mail addresses or ids of accounts with commas between; '${wrong}' is neither`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Keys, separated by commas. */
export const apiKeyList = z.string().transform((text, context) => {
  const keys = text.split(',').map((key) => key.trim());
  if (keys.every((key) => /^wbk_[a-z0-9-]{1,32}_[\w-]{32,128}$/.test(key))) return keys.map((secret) => ({ secret }));
  const message = 'must be keys `wbk_<name>_<32 characters or more>` with commas between';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/**
 * With a dot and not of digits alone: a single word or an incomplete address is a typing mistake.
 */
const HOST_NAME = /^(?=.{4,253}$)(?!.*\.\d+$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;
