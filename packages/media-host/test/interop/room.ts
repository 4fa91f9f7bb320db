import type { MediaNode } from '../../src/index.js';
import { libdatachannelParticipant } from './stacks/libdatachannel.js';
import { LibwebrtcParticipant } from './stacks/libwebrtc.js';
import type { Participant, Place } from './stacks/participant.js';
import { WeriftParticipant } from './stacks/werift.js';

export type Stack = 'werift' | 'libdatachannel' | 'libwebrtc';

/** A router, and its participants. */
export class Room {
  private static opened = 0;
  private readonly participants: Participant[] = [];

  private constructor(
    readonly node: MediaNode,
    readonly id: string,
  ) {}

  static async open(node: MediaNode): Promise<Room> {
    const routerId = `room ${Room.opened++}`;
    await node.openRouter(routerId);
    return new Room(node, routerId);
  }

  join(stack: 'werift', name: string, detail?: Partial<Place>): WeriftParticipant;
  join(stack: 'libwebrtc', name: string, detail?: Partial<Place>): LibwebrtcParticipant;
  join(stack: Stack, name: string, detail?: Partial<Place>): Participant;
  join(stack: Stack, name: string, detail?: Partial<Place>): Participant {
    const { node, id: routerId } = this;
    const participant = joins[stack]({ node, routerId, name: `${name} of ${routerId}`, ...detail });
    this.participants.push(participant);
    return participant;
  }

  async close(): Promise<void> {
    await Promise.all(this.participants.map((participant) => participant.close()));
    await this.node.closeRouter(this.id);
  }
}

const joins: Record<Stack, (place: Place) => Participant> = {
  werift: (place) => new WeriftParticipant(place),
  libdatachannel: libdatachannelParticipant,
  libwebrtc: (place) => new LibwebrtcParticipant(place),
};
