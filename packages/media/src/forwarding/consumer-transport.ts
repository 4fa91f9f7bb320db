import type { ResendBudget } from '../nack/resend-budget.js';

/** The parts of its transport that a consumer needs. */
export interface ConsumerTransport {
  readonly session: number;
  readonly isConnected: boolean;
  /** DTLS has begun. */
  readonly isConnecting: boolean;
  readonly bytesSent: number;
  readonly media: {
    /**
     * Sends the packet in `environment.outgoing`; if it leaves, its transport-wide number replaces
     * `NEXT_NUMBER`.
     */
    send(): void;
    readonly resendBudget: ResendBudget;
    readonly estimate: {
      readonly target: number;
      readonly losesByItself: boolean;
      readonly roundTripTime: number | undefined;
    };
  };
}
