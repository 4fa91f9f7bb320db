import type { Clock, Cluster } from '@waterbus/cluster';
import type { Opening } from '@waterbus/protocol';
import type { Tracer } from '@waterbus/telemetry';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiTokens } from './access/access-tokens.js';
import type { Administrators } from './access/administrators.js';
import type { KnownDevices } from './access/known-devices.js';
import type { Queries } from './database/database.js';
import type { RequestLimits } from './limits/limits.js';
import type { LiveCalls } from './live/live-calls.js';
import type { MailSettings } from './mail/mail-sender.js';
import type { FileSettings } from './storage/file-settings.js';
import type { Workers } from './workers.js';

/** The dependencies of routes. */
export interface ApiParts {
  options: SharedOptions;
  queries: Queries;
  /** True for PGlite: only this process uses the data. */
  embedded: boolean;
  cluster: Cluster;
  clock: Clock;
  limits: RequestLimits;
  tokens: ApiTokens;
  tracer: Tracer;
  devices: KnownDevices;
  administrators: Administrators;
  live: LiveCalls;
  log: FastifyBaseLogger;
  /** Work that uses the database on its own. */
  workers: Workers;
  /** Origins of Server WS, sent to every joiner. */
  signallingOrigins: string[];
  /** Registers work for the server's close, which runs the last added first. */
  onClose(work: () => Promise<void> | void): void;
}

/** The options that several folders read. */
export interface SharedOptions {
  /** Shared with Server WS; 32 bytes or more. Signs join tokens. */
  secret: string | Uint8Array;
  /**
   * Origin of the web app, for links in mails and for the return from an identity provider, such as
   * `https://meet.example.org`.
   */
  publicUrl?: string;
  /** Of this server, for mails, the documentation and authenticator apps. Default: the product's. */
  brandName?: string | undefined;
  /**
   * Without it no mail is sent: users hand over invitations themselves, and cannot reset passwords
   * by mail.
   */
  mail?: MailSettings;
  /** Days after which a sign-in ends, however often it is used. Default: 90. */
  sessionDays?: number;
  /**
   * Restrictions of registration, creation of meetings, and joining without an account. Default:
   * none.
   */
  opening?: Partial<Opening>;
  /** Limits of files in the chat. Default: those of `defaultFileSettings`. */
  files?: Partial<FileSettings>;
}
