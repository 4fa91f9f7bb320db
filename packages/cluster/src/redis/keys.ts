/** Names of keys and channels. What one script touches shares a hash tag, hence a slot of a Redis Cluster. */
export class Keys {
  /** Of everything about nodes and leases, in the order that its scripts expect. */
  readonly nodes: { state: string; records: string; heard: string; events: string };

  constructor(private readonly prefix: string) {
    if (/[{}]/.test(prefix)) throw new Error('A key prefix cannot hold { or }, which mark hash tags');
    const tag = `${prefix}{nodes}`;
    this.nodes = { state: `${tag}:state`, records: `${tag}:records`, heard: `${tag}:heard`, events: `${tag}:events` };
  }

  /** In the order that room scripts expect. */
  room(roomId: string): [string, string, string, string, string] {
    const tag = `${this.prefix}{room:${roomId}}`;
    return [`${tag}:state`, `${tag}:participants`, `${tag}:homes`, `${tag}:hanging`, `${tag}:events`];
  }

  roomHomes(roomId: string): string {
    return this.room(roomId)[2];
  }

  roomEvents(roomId: string): string {
    return this.room(roomId)[4];
  }

  nodeRooms(nodeId: string): string {
    return `${this.prefix}{node:${nodeId}}:rooms`;
  }

  topic(topic: string): string {
    return `${this.prefix}{topic:${topic}}`;
  }

  /** Requests to a node. */
  requests(nodeId: string): string {
    return `${this.prefix}{requests:${nodeId}}`;
  }

  requestsSeat(nodeId: string): string {
    return `${this.requests(nodeId)}:seat`;
  }

  /** Answers to a member's requests. */
  answers(memberId: string): string {
    return `${this.prefix}{answers:${memberId}}`;
  }

  token(id: string): string {
    return `${this.prefix}{token:${id}}`;
  }

  /** Entries, and the channel that tells of new ones. */
  stream(name: string): { entries: string; appended: string; seat(group: string): string } {
    const tag = `${this.prefix}{stream:${name}}`;
    return { entries: `${tag}:entries`, appended: `${tag}:appended`, seat: (group) => `${tag}:seat:${group}` };
  }
}
