import type { NodeAbout, NodeEndpoint, NodeEvent, NodeRecord } from '../../cluster.js';
import { readObject } from '../payload.js';

/** A lease in the table. */
export interface HeldRecord {
  token: string;
  record: NodeRecord;
}

export interface NodeTable {
  generation: string;
  version: number;
  leases: Map<string, HeldRecord>;
}

/** One change of the table. Applied to version n it gives version n + 1. */
export type NodeChange = { version: number; token: string } & NodeEvent;

export function readTable(reply: unknown): NodeTable {
  const [generation, version, flat] = Array.isArray(reply) ? reply : [];
  const leases = new Map<string, HeldRecord>();
  const words = Array.isArray(flat) ? flat.map(String) : [];
  for (let index = 0; index + 1 < words.length; index += 2) {
    const lease = readLease(words[index + 1]);
    if (lease) leases.set(words[index] ?? '', lease);
  }
  return { generation: String(generation), version: Number(version), leases };
}

/** Undefined for a member's own lease, which is no node. */
export function readLease(text: unknown): HeldRecord | undefined {
  const found = typeof text === 'string' ? /^(\S+) (.+)$/s.exec(text) : null;
  const record = readRecord(readObject(found?.[2]));
  return found && record ? { token: found[1] ?? '', record } : undefined;
}

export function readChange(text: string): NodeChange | undefined {
  const change = readObject(text);
  const node = readRecord(change?.node);
  if (!change || !node || typeof change.version !== 'number' || typeof change.token !== 'string') return undefined;
  const { version, token, type, reason } = change;
  if (type === 'up' || type === 'changed') return { version, token, type, node };
  if (type !== 'down' || (reason !== 'expired' && reason !== 'released')) return undefined;
  return { version, token, type, node, reason };
}

function readRecord(value: unknown): NodeRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, kind, ownerId, draining, load, endpoints, about } = value as Partial<NodeRecord>;
  const valid =
    typeof id === 'string' &&
    (kind === 'api' || kind === 'ws' || kind === 'media') &&
    (ownerId === undefined || typeof ownerId === 'string') &&
    typeof draining === 'boolean' &&
    typeof load === 'object' &&
    load !== null;
  if (!valid) return undefined;
  // JSON has no NaN: a figure that is not a number is left out, and the node stays.
  const figures = Object.entries(load).filter(([, figure]) => typeof figure === 'number');
  const record = { ...(value as NodeRecord), load: Object.fromEntries(figures) };
  if (endpoints !== undefined) record.endpoints = Array.isArray(endpoints) ? endpoints.filter(isEndpoint) : [];
  if (about !== undefined && !isAbout(about)) delete record.about;
  return record;
}

function isAbout(value: unknown): value is NodeAbout {
  const { version, host, startedAt } = (value ?? {}) as Partial<NodeAbout>;
  return typeof version === 'string' && typeof host === 'string' && Number.isSafeInteger(startedAt);
}

function isEndpoint(value: unknown): value is NodeEndpoint {
  const { address, port, inside } = (value ?? {}) as Partial<NodeEndpoint>;
  return typeof address === 'string' && Number.isInteger(port) && (inside === undefined || typeof inside === 'string');
}
