import type { RoomParticipant, RoomSnapshot } from '@waterbus/protocol';
import { Encoder, type Packet } from 'socket.io-parser';

/**
 * Socket.IO's encoder, for replies that hold a room. The room of 1,000 is most of the work of a
 * join, and only few participants differ from the room of the previous reply: each participant is
 * encoded once, and a room once for each version.
 */
export class ReplyEncoder extends Encoder {
  /** Both are never changed in place (`applyRoomChange`). */
  private readonly participants = new WeakMap<RoomParticipant, string>();
  private readonly rooms = new WeakMap<RoomSnapshot, string>();

  override encode(packet: Packet): unknown[] {
    const data = dataWithRoom(packet);
    if (!data) return super.encode(packet);
    const { room, ...rest } = data;
    // The room is the last property, so that its text replaces the end.
    const reply = { ok: true, data: { ...rest, room: null } };
    const [text] = super.encode({ ...packet, data: [...packet.data.slice(0, -1), reply] }) as [string];
    return [`${text.slice(0, -NO_ROOM.length)}${this.roomText(room)}${END}`];
  }

  private roomText(room: RoomSnapshot): string {
    let text = this.rooms.get(room);
    if (text === undefined) {
      const { participants, ...rest } = room;
      const list = participants.map((participant) => this.participantText(participant));
      text = `${JSON.stringify(rest).slice(0, -1)},"participants":[${list.join(',')}]}`;
      this.rooms.set(room, text);
    }
    return text;
  }

  private participantText(participant: RoomParticipant): string {
    let text = this.participants.get(participant);
    if (text === undefined) {
      text = JSON.stringify(participant);
      this.participants.set(participant, text);
    }
    return text;
  }
}

/** The data of the reply in a packet, if it holds a room: of `join`, `resume` and `sync`. */
function dataWithRoom({ data }: Packet): { room: RoomSnapshot } | undefined {
  const reply: unknown = Array.isArray(data) ? data.at(-1) : undefined;
  const isReply = typeof reply === 'object' && reply !== null && 'ok' in reply && 'data' in reply;
  const answer: unknown = isReply ? reply.data : undefined;
  const hasRoom = typeof answer === 'object' && answer !== null && 'room' in answer;
  return hasRoom ? (answer as { room: RoomSnapshot }) : undefined;
}

/** The end of a packet whose reply ends with the room: room, data, reply, arguments. */
const END = '}}]';
const NO_ROOM = `null${END}`;
