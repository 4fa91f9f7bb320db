import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { WaterbusError } from '../call.js';

interface Begun {
  token: string;
  options: { challenge: string };
}

/** Whether this browser has passkeys at all; the server decides whether it takes them. */
export function passkeysSupported(): boolean {
  return browserSupportsWebAuthn();
}

/** Has the browser make a passkey. Rejects with `passkey.cancelled`, `passkey.exists`, `browser.unsupported`. */
export async function createPasskey({ token, options }: Begun) {
  return { token, response: await inBrowser(() => startRegistration({ optionsJSON: options as never })) };
}

/** Has the browser sign with one. Rejects with `passkey.cancelled`, `browser.unsupported`. */
export async function usePasskey({ token, options }: Begun) {
  return { token, response: await inBrowser(() => startAuthentication({ optionsJSON: options as never })) };
}

/** Browsers do not say whether the user gave up, waited too long, or has no such passkey: it must not be found out. */
async function inBrowser<T>(ask: () => Promise<T>): Promise<T> {
  if (!passkeysSupported()) throw new WaterbusError('browser.unsupported', 'This browser has no passkeys');
  try {
    return await ask();
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') {
      throw new WaterbusError('passkey.exists', message);
    }
    // Of another domain than the page's.
    if (name === 'SecurityError') throw new WaterbusError('passkey.not_configured', message);
    throw new WaterbusError('passkey.cancelled', message);
  }
}
