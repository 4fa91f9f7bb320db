import {
  observingOf,
  type RoomChange,
  type RoomParticipant,
  type RoomProducer,
  type RoomSnapshot,
  roomParticipantSchema,
  type VideoCodec,
} from '@waterbus/protocol';
import { readJson, readObject } from '../payload.js';

/**
 * The details of a change for `applyScript`, beyond the change itself; the form in which
 * `participants` keeps it.
 */
export function changeDetails(change: RoomChange): object {
  switch (change.type) {
    case 'participant.joined': {
      const { producers, ...attributes } = change.participant;
      return { attributes: attributesOf(attributes), producers: producers.map(producerRecord) };
    }
    case 'participant.updated': {
      const { type: _, participantId: __, ...attributes } = change;
      return { attributes: attributesOf(attributes) };
    }
    case 'participant.left':
      return {};
    case 'observer.joined':
      return change.decodes ? { decodes: JSON.stringify(change.decodes) } : {};
    case 'producer.added':
      return producerRecord(change.producer);
    case 'producer.updated': {
      const { type: _, participantId: __, producerId, ...attributes } = change;
      return { id: producerId, attributes: attributesOf(attributes) };
    }
    case 'producer.removed':
      return { id: change.producerId };
  }
}

/** Nodes on which something depends after this change, besides the home. */
export function mediaNodesOf(change: RoomChange): Set<string> {
  if (change.type === 'producer.added') return new Set([change.producer.mediaNodeId]);
  if (change.type === 'participant.joined') {
    return new Set(change.participant.producers.map((producer) => producer.mediaNodeId));
  }
  return new Set();
}

/** Undefined for anything but the answer of `snapshotScript`; an invalid record is left out. */
export function readSnapshot(roomId: string, reply: unknown): RoomSnapshot | undefined {
  if (!Array.isArray(reply) || !Array.isArray(reply[1])) return undefined;
  const records = reply[1].map(readRecord).filter((record) => record !== undefined);
  records.sort((one, other) => one.order - other.order);
  const room = { roomId, version: Number(reply[0]), participants: records.map(({ participant }) => participant) };
  const observers = Array.isArray(reply[2]) ? reply[2].map(String) : [];
  const texts = Array.isArray(reply[3]) ? reply[3] : [];
  const decodes = observers.flatMap((id, index): [string, VideoCodec[]][] => {
    const read = roomParticipantSchema.shape.decodes.safeParse(readJson(texts[index]));
    return read.success && read.data ? [[id, read.data]] : [];
  });
  return { ...room, ...observingOf(observers, Object.fromEntries(decodes)) };
}

function readRecord(text: unknown): { order: number; participant: RoomParticipant } | undefined {
  const record = readObject(text);
  if (!record) return undefined;
  // cjson writes an empty list as an empty object.
  const producers = Array.isArray(record.producers) ? record.producers : [];
  const participant = roomParticipantSchema.safeParse({
    ...readAttributes(record.attributes),
    producers: producers.map((producer) => readAttributes(producer?.attributes)),
  });
  return participant.success ? { order: Number(record.order), participant: participant.data } : undefined;
}

function producerRecord(producer: RoomProducer): object {
  return { id: producer.id, node: producer.mediaNodeId, attributes: attributesOf(producer) };
}

/** Each attribute as JSON; undefined ones are left out. */
function attributesOf(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, JSON.stringify(value)]])),
  );
}

function readAttributes(attributes: unknown): Record<string, unknown> {
  if (typeof attributes !== 'object' || attributes === null) return {};
  return Object.fromEntries(Object.entries(attributes).map(([name, text]) => [name, readJson(text)]));
}
