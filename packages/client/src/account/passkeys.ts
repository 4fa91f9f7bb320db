import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { WaterbusError } from '../failures.js';

interface Begun {
  token: string;
  options: { challenge: string };
}

/** Whether this browser supports passkeys; the server decides whether it accepts them. */
export function passkeysSupported(): boolean {
  return browserSupportsWebAuthn();
}

/**
 * Creates a passkey in the browser. Rejects with `passkey.cancelled`, `passkey.exists`,
 * `browser.unsupported`.
 */
export async function createPasskey({ token, options }: Begun) {
  return { token, response: await inBrowser(() => startRegistration({ optionsJSON: options as never })) };
}

/** Signs with a passkey in the browser. Rejects with `passkey.cancelled`, `browser.unsupported`. */
export async function usePasskey({ token, options }: Begun) {
  return { token, response: await inBrowser(() => startAuthentication({ optionsJSON: options as never })) };
}

/**
 * Browsers do not reveal whether the user cancelled, waited too long, or has no such passkey: pages
 * must not find it out.
 */
async function inBrowser<T>(ask: () => Promise<T>): Promise<T> {
  if (!passkeysSupported()) throw new WaterbusError('browser.unsupported', 'This browser has no passkeys');
  try {
    return await ask();
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') {
      throw new WaterbusError('passkey.exists', message);
    }
    // The passkey belongs to another domain than the page's.
    if (name === 'SecurityError') throw new WaterbusError('passkey.not_configured', message);
    throw new WaterbusError('passkey.cancelled', message);
  }
}
