import { Attribute, FIRST_OPTIONAL, HEADER_BYTES, latin1, read32, type StunMessage } from '@waterbus/stun';

/**
 * A Binding request as ICE reads it (RFC 8445 section 7.3). One walk over its attributes: each peer
 * sends one every few seconds.
 */
export class IceCheck {
  username: string | undefined;
  priority: number | undefined;
  /** The sender takes the role of the agents here. Its tie-breaker is nothing to a lite agent. */
  controlled = false;
  useCandidate = false;
  /** Unknown attributes that the receiver must know. */
  unknown: readonly number[] = NONE;

  constructor(readonly message: StunMessage) {}

  get hasIntegrity(): boolean {
    return this.message.find(Attribute.MessageIntegrity) >= 0;
  }

  /** Undefined when an attribute has a length that it cannot have. */
  static read(message: StunMessage): IceCheck | undefined {
    const integrity = message.find(Attribute.MessageIntegrity);
    if (integrity >= 0 && message.lengthAt(integrity) !== 20) return undefined;
    const check = new IceCheck(message);
    for (let at = HEADER_BYTES; at < message.end; at = message.after(at)) {
      if (!check.readAttribute(message.typeAt(at), at, message.lengthAt(at))) return undefined;
    }
    return check;
  }

  private readAttribute(type: number, at: number, length: number): boolean {
    const { bytes } = this.message;
    switch (type) {
      case Attribute.Username:
        this.username ??= latin1(bytes, at + 4, at + 4 + length);
        return true;
      case Attribute.Priority:
        this.priority = read32(bytes, at + 4);
        return length === 4;
      case Attribute.UseCandidate:
        this.useCandidate = true;
        return true;
      case Attribute.IceControlling:
        return length === 8;
      case Attribute.IceControlled:
        this.controlled = true;
        return length === 8;
      default:
        if (type < FIRST_OPTIONAL && this.unknown === NONE) this.unknown = this.message.unknown(KNOWN);
        return true;
    }
  }
}

const KNOWN: ReadonlySet<number> = new Set([Attribute.Username, Attribute.Priority, Attribute.UseCandidate]);

const NONE: readonly number[] = [];
