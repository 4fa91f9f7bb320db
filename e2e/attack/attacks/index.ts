import type { Attack } from '../attack.js';
import { feedback } from './feedback.js';
import { nacks } from './nacks.js';
import { polls } from './polls.js';
import { rtpFlood } from './rtp-flood.js';
import { signIns } from './sign-ins.js';
import { slowReaders } from './slow-readers.js';
import { sockets } from './sockets.js';
import { stunFlood } from './stun-flood.js';
import { takeover } from './takeover.js';
import { thirdParty } from './third-party.js';
import { transports } from './transports.js';
import { webhooks } from './webhooks.js';

/** All attacks, in the order of their runs. */
export const attacks: Attack[] = [
  signIns,
  transports,
  slowReaders,
  webhooks,
  sockets,
  polls,
  feedback,
  nacks,
  takeover,
  thirdParty,
  stunFlood,
  rtpFlood,
];
